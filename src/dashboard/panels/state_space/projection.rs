//! Many dimensions seen in two: where the variance is greatest.

/// Points in the plane, and how much of what there was is still to be seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// One per row.
    pub points: Vec<[f64; 2]>,
    /// The share of the variance that lies in the plane; 1 where nothing was left out.
    pub variance: f64,
    /// Whether the axes are the first two columns themselves.
    pub is_exact: bool,
}

/// Rounds of the power iteration: enough for a picture, where two directions are told apart at all.
const ROUNDS: usize = 200;

/// Projects `rows` of `width` numbers: as they are if there are at most two columns, else on their first two principal components
/// (Pearson 1901). The sign of a component is such that its greatest coordinate is positive, so that the picture seldom jumps from
/// one moment to the next.
#[must_use]
pub fn project(rows: &[f32], width: usize) -> Projection {
    let rows: Vec<Vec<f64>> =
        rows.chunks_exact(width.max(1)).map(|row| row.iter().map(|x| f64::from(*x)).collect()).collect();
    if width <= 2 {
        let points = rows.iter().map(|row| [row[0], row.get(1).copied().unwrap_or(0.0)]).collect();
        return Projection { points, variance: 1.0, is_exact: true };
    }
    let centred = centred(rows);
    let all: f64 = centred.iter().flatten().map(|x| x * x).sum();
    let mut points = vec![[0.0; 2]; centred.len()];
    let mut seen = 0.0;
    let mut found: Vec<Vec<f64>> = Vec::new();
    for axis in 0..2 {
        let Some(direction) = principal(&centred, &found) else { break };
        for (point, row) in points.iter_mut().zip(&centred) {
            point[axis] = dot(row, &direction);
        }
        seen += points.iter().map(|point| point[axis] * point[axis]).sum::<f64>();
        found.push(direction);
    }
    for axis in 0..2 {
        let greatest =
            points.iter().map(|point| point[axis]).fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        if greatest < 0.0 {
            for point in &mut points {
                point[axis] = -point[axis];
            }
        }
    }
    Projection { points, variance: if all > 0.0 { (seen / all).min(1.0) } else { 1.0 }, is_exact: false }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn centred(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let count = rows.len().max(1) as f64;
    for column in 0..rows.first().map_or(0, Vec::len) {
        let mean = rows.iter().map(|row| row[column]).sum::<f64>() / count;
        for row in &mut rows {
            row[column] -= mean;
        }
    }
    rows
}

/// The direction of greatest variance at right angles to those already `found`, by power iteration; `None` if nothing is left.
fn principal(rows: &[Vec<f64>], found: &[Vec<f64>]) -> Option<Vec<f64>> {
    let length = |v: &[f64]| dot(v, v).sqrt();
    // a mixture of all rows that no symmetry of theirs puts at right angles to what is sought
    let mut start = vec![0.0; rows.first()?.len()];
    for (row, weight) in rows.iter().zip(1..) {
        let weight = f64::sin(f64::from(weight));
        start.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
    }
    let mut direction = without(start, found);
    for _ in 0..ROUNDS {
        let size = length(&direction);
        if !(size > 1e-12 && size.is_finite()) {
            return None;
        }
        for x in &mut direction {
            *x /= size;
        }
        let mut next = vec![0.0; direction.len()];
        for row in rows {
            let share = dot(row, &direction);
            next.iter_mut().zip(row).for_each(|(sum, x)| *sum += share * x);
        }
        let next = without(next, found);
        let size = length(&next);
        let has_settled = (dot(&next, &direction) - size).abs() <= 1e-10 * size;
        direction = next;
        if has_settled {
            break;
        }
    }
    let size = length(&direction);
    (size > 1e-12 && size.is_finite()).then(|| direction.iter().map(|x| x / size).collect())
}

/// What of `vector` is at right angles to `directions`.
fn without(mut vector: Vec<f64>, directions: &[Vec<f64>]) -> Vec<f64> {
    for direction in directions {
        let share = dot(&vector, direction);
        vector.iter_mut().zip(direction).for_each(|(x, d)| *x -= share * d);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_columns_are_shown_as_they_are() {
        let projection = project(&[0.5, -0.25, 1.0, 0.0], 2);
        assert_eq!(projection, Projection { points: vec![[0.5, -0.25], [1.0, 0.0]], variance: 1.0, is_exact: true });
        assert_eq!(project(&[0.5, 1.0], 1).points, [[0.5, 0.0], [1.0, 0.0]]);
    }

    #[test]
    fn points_of_a_plane_in_space_keep_their_distances() {
        // x along (1, 2, 2)/3, y along (2, 1, -2)/3
        let plane = [(3.0, 0.0), (-3.0, 1.0), (1.0, -1.0), (-1.0, 0.0)];
        let rows: Vec<f32> = plane
            .iter()
            .flat_map(|(x, y)| [(x + 2.0 * y) / 3.0, (2.0 * x + y) / 3.0, (2.0 * x - 2.0 * y) / 3.0])
            .collect();
        let projection = project(&rows, 3);
        assert!((projection.variance - 1.0).abs() < 1e-6);
        let distance = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        for (i, j) in [(0, 1), (0, 2), (1, 3)] {
            let expected = f32::hypot(plane[i].0 - plane[j].0, plane[i].1 - plane[j].1);
            assert!((distance(projection.points[i], projection.points[j]) - f64::from(expected)).abs() < 1e-5);
        }
    }

    #[test]
    fn the_first_axis_has_most_of_the_variance_and_the_share_is_right() {
        let rows: Vec<f32> =
            [[10.0, 0.0, 0.0], [-10.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, -3.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]
                .concat();
        let projection = project(&rows, 3);
        assert!(
            (projection.points[0][0].abs() - 10.0).abs() < 1e-6 && (projection.points[2][1].abs() - 3.0).abs() < 1e-6
        );
        assert!((projection.variance - 109.0 / 110.0).abs() < 1e-6, "{}", projection.variance);
    }

    #[test]
    fn symmetric_points_do_not_hide_the_direction_of_greatest_variance() {
        let (x, y, z) = ([1.0, 0.0, 0.0], [0.0, 0.75, 0.0], [0.0, 0.0, 0.875]);
        let points = [vec![x], vec![y; 4], vec![z; 4]].concat();
        let rows: Vec<f32> = points.iter().flat_map(|point| [*point, point.map(|number| -number)]).flatten().collect();
        let all = 2.0 * (1.0 + 4.0 * 0.75 * 0.75 + 4.0 * 0.875 * 0.875);
        let most = 2.0 * (4.0 * 0.75 * 0.75 + 4.0 * 0.875 * 0.875);
        assert!((project(&rows, 3).variance - most / all).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_there_is_a_finite_point_for_each_row(
            rows in prop::collection::vec(-1.0f32..1.0, 0..60), width in 1usize..9,
        ) {
            let projection = project(&rows, width);
            prop_assert_eq!(projection.points.len(), rows.len() / width);
            prop_assert!(projection.points.iter().flatten().all(|x| x.is_finite()));
            prop_assert!((0.0..=1.0).contains(&projection.variance));
        }
    }

    #[test]
    fn equal_rows_are_one_point() {
        let projection = project(&[0.3; 12], 4);
        assert!(projection.points.iter().flatten().all(|x| x.abs() < 1e-12) && projection.variance == 1.0);
    }
}
