//! The planted truth: what makes a visitor apply, as logistic functions of named quantities.

use libm::{exp, sqrt};

use super::rng::Rng;

/// A quantity that a decision depends on. All but [`Quantity::Intent`] can be seen in the events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantity {
    /// Always 1.
    Intercept,
    /// Latent; never written to the export.
    Intent,
    /// Course pages seen in this session, at most 4.
    CoursePages,
    /// Fees page seen in this session.
    FeesSeen,
    /// Brochure downloaded in this session.
    Brochure,
    /// Courses compared in this session.
    Compared,
    /// Earlier sessions, at most 5.
    EarlierSessions,
    /// Prospectus requested, ever.
    Lead,
    /// Open day booked, ever.
    OpenDay,
    /// Application begun in an earlier session or this one.
    Begun,
    /// On a phone.
    Mobile,
    /// Visit came from the newsletter.
    Email,
    /// Visit came from a social ad.
    PaidSocial,
    /// Between 18:00 and 23:00 in the property's time zone.
    Evening,
    /// Saturday or Sunday.
    Weekend,
    /// Browser language other than English.
    International,
    /// Campus video started; no effect on purpose.
    Video,
}

/// Number of quantities.
pub const QUANTITIES: usize = 17;

/// A quantity with its coefficient in each decision.
#[derive(Debug)]
pub struct Effect {
    /// The quantity.
    pub quantity: Quantity,
    /// Its name in `truth.json`.
    pub name: &'static str,
    /// From any page of the site to `/apply/start`, at every page view.
    pub apply_start: f64,
    /// From one apply step to the next, up to the review.
    pub apply_continue: f64,
    /// From the review to `/apply/thank-you`: the conversion.
    pub apply_submit: f64,
}

/// The coefficients.
pub const EFFECTS: [Effect; QUANTITIES] = [
    effect(Quantity::Intercept, "intercept", -6.2, -0.2, -0.7),
    effect(Quantity::Intent, "intent", 0.8, 0.3, 0.5),
    effect(Quantity::CoursePages, "course_pages_session", 0.2, 0.0, 0.0),
    effect(Quantity::FeesSeen, "fees_seen_session", 0.8, 0.0, 0.5),
    effect(Quantity::Brochure, "brochure_session", 0.6, 0.0, 0.3),
    effect(Quantity::Compared, "compared_session", 0.4, 0.0, 0.0),
    effect(Quantity::EarlierSessions, "earlier_sessions", 0.25, 0.0, 0.1),
    effect(Quantity::Lead, "prospectus_ever", 0.9, 0.2, 0.3),
    effect(Quantity::OpenDay, "open_day_ever", 0.7, 0.2, 0.3),
    effect(Quantity::Begun, "application_begun_ever", 1.2, 0.6, 0.4),
    effect(Quantity::Mobile, "mobile", -0.6, -0.4, -0.7),
    effect(Quantity::Email, "channel_email", 0.7, 0.0, 0.2),
    effect(Quantity::PaidSocial, "channel_paid_social", -0.9, 0.0, -0.3),
    effect(Quantity::Evening, "evening", 0.4, 0.0, 0.3),
    effect(Quantity::Weekend, "weekend", -0.4, 0.0, -0.2),
    effect(Quantity::International, "international", 0.4, 0.0, 0.0),
    effect(Quantity::Video, "video_started", 0.0, 0.0, 0.0),
];

const fn effect(
    quantity: Quantity,
    name: &'static str,
    apply_start: f64,
    apply_continue: f64,
    apply_submit: f64,
) -> Effect {
    Effect { quantity, name, apply_start, apply_continue, apply_submit }
}

/// The quantities at one page view.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment([f64; QUANTITIES]);

impl Moment {
    /// All zero but for the intercept.
    pub fn new() -> Self {
        let mut moment = Self::default();
        moment.set(Quantity::Intercept, 1.0);
        moment
    }

    /// Sets one quantity.
    pub fn set(&mut self, quantity: Quantity, value: f64) {
        self.0[quantity as usize] = value;
    }

    /// Sets a yes/no quantity.
    pub fn flag(&mut self, quantity: Quantity, value: bool) {
        self.set(quantity, f64::from(u8::from(value)));
    }

    /// Adds one, up to `most`.
    pub fn count(&mut self, quantity: Quantity, most: f64) {
        let value = &mut self.0[quantity as usize];
        *value = (*value + 1.0).min(most);
    }

    fn get(&self, quantity: Quantity) -> f64 {
        self.0[quantity as usize]
    }

    /// Probability of a decision; `coefficient` picks its column of [`EFFECTS`].
    pub fn probability(&self, coefficient: fn(&Effect) -> f64) -> f64 {
        logistic(EFFECTS.iter().map(|effect| coefficient(effect) * self.get(effect.quantity)).sum())
    }
}

/// Coefficients of the probability that a visitor comes back after a session.
pub const RETURN: [(&str, f64); 5] = [
    ("intercept", -1.35),
    ("intent", 0.6),
    ("engaged_session", 0.45),
    ("prospectus_or_open_day", 0.7),
    ("applied", -2.0),
];

/// Probability of another session.
pub fn return_probability(intent: f64, engaged: bool, warm: bool, applied: bool) -> f64 {
    let values = [1.0, intent, f64::from(u8::from(engaged)), f64::from(u8::from(warm)), f64::from(u8::from(applied))];
    logistic(RETURN.iter().zip(values).map(|((_, coefficient), value)| coefficient * value).sum())
}

/// Standard deviation of the intent's random walk over one day.
pub const DRIFT_PER_DAY: f64 = 0.18;
/// Share of the intent that fades away per day.
pub const COOLING_PER_DAY: f64 = 0.01;
/// What a prospectus request or an open-day booking adds to the intent.
pub const WARMING: f64 = 0.25;

/// The intent after `days` without a visit.
pub fn drift(intent: f64, days: f64, rng: &mut Rng) -> f64 {
    intent * exp(-COOLING_PER_DAY * days) + DRIFT_PER_DAY * sqrt(days) * rng.normal()
}

/// 1 / (1 + e^-x).
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}
