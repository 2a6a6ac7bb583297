//! Metrics in the format of [TensorBoard](https://www.tensorflow.org/tensorboard) reads them.
//!
//! An events file is a row of records, each with its length and two checksums; a record is a protocol buffer `Event` with a time,
//! a step and a `Summary` of named numbers (`event.proto` and `summary.proto` of `TensorBoard`). Only what numbers over steps need is
//! written: five fields of four messages.

use super::metrics::{Event, Metric};

/// The first record of a file, with the version of the format. `time` is in seconds since 1970.
#[must_use]
pub fn beginning(time: f64) -> Vec<u8> {
    const FILE_VERSION: u32 = 3;
    let mut event = wall_time(time);
    put_bytes(&mut event, FILE_VERSION, b"brain.Event:2");
    record(&event)
}

/// The record of steps or of a validation; `None` for other metrics, or if no number is finite.
#[must_use]
pub fn record_of(metric: &Metric) -> Option<Vec<u8>> {
    let numbers = match &metric.event {
        Event::Steps { loss, gradient_norm, learning_rate, epoch, .. } => vec![
            ("loss/training", *loss),
            ("gradient_norm", *gradient_norm),
            ("learning_rate", *learning_rate),
            ("epoch", Some(*epoch)),
        ],
        Event::Validation { loss, bits_per_character } => {
            vec![("loss/validation", *loss), ("bits_per_character", *bits_per_character)]
        }
        _ => return None,
    };
    let numbers: Vec<_> = numbers.into_iter().filter_map(|(tag, number)| Some((tag, number?))).collect();
    (!numbers.is_empty()).then(|| scalars(metric.time, metric.step, &numbers))
}

/// A record with named numbers of a step.
fn scalars(time: f64, step: u64, numbers: &[(&str, f64)]) -> Vec<u8> {
    const STEP: u32 = 2;
    const SUMMARY: u32 = 5;
    const VALUE: u32 = 1;
    const TAG: u32 = 1;
    const SIMPLE_VALUE: u32 = 2;

    let mut summary = Vec::new();
    for (tag, number) in numbers {
        let mut value = Vec::new();
        put_bytes(&mut value, TAG, tag.as_bytes());
        put_key(&mut value, SIMPLE_VALUE, FIXED_32);
        #[allow(clippy::cast_possible_truncation)] // TensorBoard's numbers are f32
        value.extend((*number as f32).to_le_bytes());
        put_bytes(&mut summary, VALUE, &value);
    }
    let mut event = wall_time(time);
    put_key(&mut event, STEP, VARINT);
    put_varint(&mut event, step);
    put_bytes(&mut event, SUMMARY, &summary);
    record(&event)
}

/// Wire types of protocol buffers.
const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED_32: u32 = 5;

/// The beginning of an `Event`: its time.
fn wall_time(time: f64) -> Vec<u8> {
    const WALL_TIME: u32 = 1;
    let mut event = Vec::new();
    put_key(&mut event, WALL_TIME, FIXED_64);
    event.extend(time.to_le_bytes());
    event
}

/// Appends the number and the wire type of a field.
fn put_key(message: &mut Vec<u8>, field: u32, kind: u32) {
    put_varint(message, u64::from(field << 3 | kind));
}

/// Appends a field of bytes, with their length.
fn put_bytes(message: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_key(message, field, LENGTH);
    put_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

/// Appends an integer in base 128, low digits first.
fn put_varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    message.push((number & 0x7f) as u8);
}

/// Frames an event: its length, the checksum of that, the event, its checksum.
fn record(event: &[u8]) -> Vec<u8> {
    let length = (event.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), event, &masked(event)].concat()
}

/// The masked CRC-32C of the format: rotated and offset, so that checksums of data with checksums are not weaker.
fn masked(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_file_begins_as_that_of_tensorboards_writer() {
        let bytes = beginning(0.0);
        assert_eq!(bytes.len(), 8 + 4 + 24 + 4);
        assert_eq!(bytes[..8], 24_u64.to_le_bytes());
        assert_eq!(bytes[12..21], [9, 0, 0, 0, 0, 0, 0, 0, 0], "the time");
        assert_eq!(&bytes[21..36], b"\x1a\x0dbrain.Event:2");
    }

    #[test]
    fn record_leaves_out_missing_numbers() {
        let event = Event::Validation { loss: None, bits_per_character: None };
        assert_eq!(record_of(&Metric { attempt: 1, step: 300, time: 1.5, event }), None);
        let event = Event::Validation { loss: Some(0.5), bits_per_character: None };
        let bytes = record_of(&Metric { attempt: 1, step: 300, time: 1.5, event }).unwrap();
        assert_eq!(bytes[21..24], [0x10, 0xac, 0x02], "step 300");
        assert_eq!(&bytes[28..45], b"\x0a\x0floss/validation");
        assert_eq!(bytes[46..50], 0.5_f32.to_le_bytes());
    }
}
