//! Projection to two dimensions by principal component analysis.

/// Projected points, with the share of the variance that they show.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// One per row.
    pub points: Vec<[f64; 2]>,
    /// Share of the variance in the plane; 1 if nothing was left out.
    pub variance: f64,
    /// Whether the axes are the first two columns themselves.
    pub is_exact: bool,
}

/// Largest number of rounds of the power iteration.
const ROUNDS: usize = 200;

/// Projects rows of `width` numbers to two dimensions: unchanged for up to two columns, else on their first two principal components (Pearson
/// 1901). The sign of a component makes its coordinate of largest magnitude positive, so that the picture seldom flips between moments.
#[must_use]
pub fn project(rows: &[f32], width: usize) -> Projection {
    let rows: Vec<Vec<f64>> =
        rows.chunks_exact(width.max(1)).map(|row| row.iter().map(|x| f64::from(*x)).collect()).collect();
    if width <= 2 {
        let points = rows.iter().map(|row| [row[0], row.get(1).copied().unwrap_or(0.0)]).collect();
        return Projection { points, variance: 1.0, is_exact: true };
    }
    let centred = centred(rows);
    let total: f64 = centred.iter().flatten().map(|x| x * x).sum();
    let mut points = vec![[0.0; 2]; centred.len()];
    let mut explained = 0.0;
    let mut found: Vec<Vec<f64>> = Vec::new();
    for axis in 0..2 {
        let Some(direction) = principal(&centred, &found) else { break };
        for (point, row) in points.iter_mut().zip(&centred) {
            point[axis] = dot(row, &direction);
        }
        explained += points.iter().map(|point| point[axis] * point[axis]).sum::<f64>();
        found.push(direction);
    }
    for axis in 0..2 {
        let largest =
            points.iter().map(|point| point[axis]).fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        if largest < 0.0 {
            for point in &mut points {
                point[axis] = -point[axis];
            }
        }
    }
    Projection { points, variance: if total > 0.0 { (explained / total).min(1.0) } else { 1.0 }, is_exact: false }
}

/// The dot product.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Subtracts the mean from each column.
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

/// The unit vector of largest variance orthogonal to those in `found`, by power iteration; `None` if no variance is left.
fn principal(rows: &[Vec<f64>], found: &[Vec<f64>]) -> Option<Vec<f64>> {
    let length = |v: &[f64]| dot(v, v).sqrt();
    // a mixture of all rows with unequal weights: a symmetric one could be orthogonal to the result
    let mut start = vec![0.0; rows.first()?.len()];
    for (row, weight) in rows.iter().zip(1..) {
        let weight = f64::sin(f64::from(weight));
        start.iter_mut().zip(row).for_each(|(sum, x)| *sum += weight * x);
    }
    let mut direction = orthogonal_to(start, found);
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
        let next = orthogonal_to(next, found);
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

/// The component of `vector` that is orthogonal to `directions`.
fn orthogonal_to(mut vector: Vec<f64>, directions: &[Vec<f64>]) -> Vec<f64> {
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
    fn project_two_columns_is_exact() {
        let projection = project(&[0.5, -0.25, 1.0, 0.0], 2);
        assert_eq!(projection, Projection { points: vec![[0.5, -0.25], [1.0, 0.0]], variance: 1.0, is_exact: true });
        assert_eq!(project(&[0.5, 1.0], 1).points, [[0.5, 0.0], [1.0, 0.0]]);
    }

    #[test]
    fn project_points_of_plane_keeps_distances() {
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
    fn project_first_axis_has_largest_variance() {
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
    fn project_symmetric_points_finds_largest_variance() {
        let (x, y, z) = ([1.0, 0.0, 0.0], [0.0, 0.75, 0.0], [0.0, 0.0, 0.875]);
        let points = [vec![x], vec![y; 4], vec![z; 4]].concat();
        let rows: Vec<f32> = points.iter().flat_map(|point| [*point, point.map(|number| -number)]).flatten().collect();
        let all = 2.0 * (1.0 + 4.0 * 0.75 * 0.75 + 4.0 * 0.875 * 0.875);
        let most = 2.0 * (4.0 * 0.75 * 0.75 + 4.0 * 0.875 * 0.875);
        assert!((project(&rows, 3).variance - most / all).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn project_returns_finite_point_per_row(
            rows in prop::collection::vec(-1.0f32..1.0, 0..60), width in 1usize..9,
        ) {
            let projection = project(&rows, width);
            prop_assert_eq!(projection.points.len(), rows.len() / width);
            prop_assert!(projection.points.iter().flatten().all(|x| x.is_finite()));
            prop_assert!((0.0..=1.0).contains(&projection.variance));
        }
    }

    #[test]
    fn project_equal_rows_is_one_point() {
        let projection = project(&[0.3; 12], 4);
        assert!(projection.points.iter().flatten().all(|x| x.abs() < 1e-12) && projection.variance == 1.0);
    }
}
