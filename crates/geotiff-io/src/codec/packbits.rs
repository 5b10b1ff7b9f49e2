//! PackBits: runs of bytes (TIFF 6.0, section 9).

/// Decode into `out`; returns how many bytes were written. Damage can only show as a stream that ends early.
pub(super) fn decode(input: &[u8], out: &mut [u8]) -> usize {
    let (mut at, mut done) = (0, 0);
    while let Some(&header) = input.get(at) {
        if done == out.len() {
            break;
        }
        at += 1;
        let left = out.len() - done;
        match header {
            0..=127 => {
                let n = (usize::from(header) + 1).min(left).min(input.len() - at);
                out[done..done + n].copy_from_slice(&input[at..at + n]);
                at += usize::from(header) + 1;
                done += n;
            }
            128 => {}
            129.. => {
                let Some(&value) = input.get(at) else { break };
                let n = (257 - usize::from(header)).min(left);
                out[done..done + n].fill(value);
                at += 1;
                done += n;
            }
        }
    }
    done
}
