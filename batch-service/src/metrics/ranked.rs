//! Scores sorted once.

/// Scores with what came true, highest score first.
///
/// Rows of equal score are one group: no measure depends on their order.
#[derive(Clone, Debug, Default)]
pub struct Ranked {
    /// Scores, not ascending.
    pub score: Vec<f64>,
    /// What came true.
    pub label: Vec<bool>,
    /// Weight of each row: how many rows it stands for.
    pub weight: Vec<f64>,
    /// Cluster (visitor) of each row, from 0 without gaps.
    pub cluster: Vec<u32>,
    /// Position of each row in the input.
    pub order: Vec<u32>,
    /// One past the last row of each group of equal scores.
    pub group_ends: Vec<usize>,
    clusters: usize,
}

impl Ranked {
    /// Sorts the scores; the slices have one length, and scores are not NaN.
    #[must_use]
    pub fn new(score: &[f64], label: &[bool], weight: &[f64], cluster: &[u32]) -> Self {
        let mut order: Vec<u32> = (0..score.len() as u32).collect();
        order.sort_by(|a, b| score[*b as usize].total_cmp(&score[*a as usize]));
        let at = |i: &u32| *i as usize;
        let sorted: Vec<f64> = order.iter().map(|i| score[at(i)]).collect();
        let mut group_ends: Vec<usize> = (1..sorted.len()).filter(|i| sorted[*i] != sorted[i - 1]).collect();
        if !sorted.is_empty() {
            group_ends.push(sorted.len());
        }
        let mut ids = cluster.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let place = |c: u32| ids.partition_point(|id| *id < c) as u32;
        Self {
            label: order.iter().map(|i| label[at(i)]).collect(),
            weight: order.iter().map(|i| weight[at(i)]).collect(),
            cluster: order.iter().map(|i| place(cluster[at(i)])).collect(),
            score: sorted,
            group_ends,
            clusters: ids.len(),
            order,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.score.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.score.is_empty()
    }

    /// Number of clusters.
    #[must_use]
    pub fn clusters(&self) -> usize {
        self.clusters
    }

    /// Number of rows that came true.
    #[must_use]
    pub fn positives(&self) -> usize {
        self.label.iter().filter(|l| **l).count()
    }

    /// Whether both outcomes are there, which ranking measures need.
    #[must_use]
    pub fn has_both(&self) -> bool {
        (1..self.len()).contains(&self.positives())
    }

    /// Weighted share of rows that came true.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.mean(&self.weight, |i| f64::from(u8::from(self.label[i])))
    }

    /// Weights of positives and of negatives of each group of equal scores, highest score first.
    pub(super) fn groups<'a>(&'a self, weight: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
        let mut from = 0;
        self.group_ends.iter().map(move |end| {
            let (mut positive, mut negative) = (0.0, 0.0);
            for (label, w) in self.label[from..*end].iter().zip(&weight[from..*end]) {
                if *label {
                    positive += w;
                } else {
                    negative += w;
                }
            }
            from = *end;
            (positive, negative)
        })
    }

    /// Weighted mean of a value per row.
    #[must_use]
    pub fn mean(&self, weight: &[f64], value: impl Fn(usize) -> f64) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        for (i, w) in weight.iter().enumerate() {
            sum += w * value(i);
            total += w;
        }
        sum / total
    }
}
