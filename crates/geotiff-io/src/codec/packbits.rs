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

/// Append `input` to `out`; rows are coded apart, as TIFF asks for.
pub(super) fn encode(input: &[u8], row_len: usize, out: &mut Vec<u8>) {
    for row in input.chunks(row_len.max(1)) {
        encode_row(row, out);
    }
}

fn encode_row(row: &[u8], out: &mut Vec<u8>) {
    let mut literals_from = 0;
    let mut at = 0;
    while at < row.len() {
        let run = row[at..].iter().take(128).take_while(|&&b| b == row[at]).count();
        // A run of two between literals saves nothing.
        if run < 3 {
            at += run;
            continue;
        }
        push_literals(&row[literals_from..at], out);
        out.extend([(257 - run) as u8, row[at]]);
        at += run;
        literals_from = at;
    }
    push_literals(&row[literals_from..], out);
}

fn push_literals(literals: &[u8], out: &mut Vec<u8>) {
    for piece in literals.chunks(128) {
        out.push((piece.len() - 1) as u8);
        out.extend_from_slice(piece);
    }
}
