//! The pages of Northgate University and how a visitor moves between them.

use libm::exp;

use super::channels::Channel;
use super::rng::Rng;

/// Scheme and host of the site.
pub const ORIGIN: &str = "https://www.northgate.example";
/// Event that is the conversion.
pub const CONVERSION_EVENT: &str = "application_submit";
/// Page that only a converter sees.
pub const CONVERSION_PAGE: &str = "/apply/thank-you";

/// What visitors type into the site search.
pub const SEARCH_TERMS: [&str; 8] =
    ["data science", "nursing", "law", "scholarships", "accommodation", "entry requirements", "term dates", "open day"];

/// A course and its page.
#[derive(Debug)]
pub struct Course {
    /// Page path.
    pub path: &'static str,
    /// `item_id`.
    pub slug: &'static str,
    /// `item_name` and page title.
    pub name: &'static str,
    /// Yearly fee in GBP.
    pub fee: f64,
    /// Relative popularity.
    popularity: f64,
}

/// The catalogue.
pub const COURSES: [Course; 5] = [
    course("/courses/data-science", "Data Science", 16_500.0, 28.0),
    course("/courses/nursing", "Nursing", 9_535.0, 26.0),
    course("/courses/law", "Law", 11_200.0, 20.0),
    course("/courses/architecture", "Architecture", 13_750.0, 12.0),
    course("/courses/economics", "Economics", 12_400.0, 14.0),
];

const fn course(path: &'static str, name: &'static str, fee: f64, popularity: f64) -> Course {
    let (_, slug) = path.split_at("/courses/".len());
    Course { path, slug, name, fee, popularity }
}

/// A course drawn by popularity.
pub fn draw_course(rng: &mut Rng) -> u8 {
    rng.weighted(&COURSES.each_ref().map(|course| course.popularity)) as u8
}

/// A page of the site.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Page {
    /// `/`
    Home,
    /// `/courses`
    Courses,
    /// `/fees`
    Fees,
    /// `/search?q=`
    Search(u8),
    /// `/open-day`
    OpenDay,
    /// `/prospectus`
    Prospectus,
    /// One course page.
    Course(u8),
    /// `/apply/start`
    ApplyStart,
    /// `/apply/details`
    ApplyDetails,
    /// `/apply/review`
    ApplyReview,
    /// `/apply/thank-you`
    ThankYou,
}

impl Page {
    /// Path without query.
    pub fn path(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::Courses => "/courses",
            Self::Fees => "/fees",
            Self::Search(_) => "/search",
            Self::OpenDay => "/open-day",
            Self::Prospectus => "/prospectus",
            Self::Course(index) => course_at(index).path,
            Self::ApplyStart => "/apply/start",
            Self::ApplyDetails => "/apply/details",
            Self::ApplyReview => "/apply/review",
            Self::ThankYou => CONVERSION_PAGE,
        }
    }

    /// Page title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Courses => "Courses",
            Self::Fees => "Fees and funding",
            Self::Search(_) => "Search",
            Self::OpenDay => "Open day",
            Self::Prospectus => "Request a prospectus",
            Self::Course(index) => course_at(index).name,
            Self::ApplyStart => "Apply: start",
            Self::ApplyDetails => "Apply: your details",
            Self::ApplyReview => "Apply: review",
            Self::ThankYou => "Thank you",
        }
    }

    /// Typical seconds on the page.
    pub fn dwell_median(self) -> f64 {
        match self {
            Self::Home | Self::Search(_) => 14.0,
            Self::Courses => 22.0,
            Self::Course(_) => 48.0,
            Self::Fees => 40.0,
            Self::OpenDay | Self::Prospectus => 32.0,
            Self::ApplyStart => 55.0,
            Self::ApplyDetails => 150.0,
            Self::ApplyReview => 60.0,
            Self::ThankYou => 20.0,
        }
    }

    fn row(self) -> Option<usize> {
        match self {
            Self::Home => Some(0),
            Self::Courses => Some(1),
            Self::Course(_) => Some(2),
            Self::Fees => Some(3),
            Self::Search(_) => Some(4),
            Self::OpenDay => Some(5),
            Self::Prospectus => Some(6),
            _ => None,
        }
    }
}

/// A course by index; an index out of range is the first course.
pub fn course_at(index: u8) -> &'static Course {
    COURSES.get(usize::from(index)).unwrap_or(&COURSES[0])
}

/// Names of the columns of [`TRANSITIONS`].
pub const GROUPS: [&str; 8] = ["home", "courses", "course", "fees", "search", "open_day", "prospectus", "exit"];

/// Weight of the next step (column) at intent 0, by page (row). Apply steps are decided apart, by `intent::Moment`.
pub const TRANSITIONS: [[f64; 8]; 7] = [
    [0.0, 30.0, 12.0, 10.0, 8.0, 8.0, 3.0, 29.0],
    [4.0, 0.0, 48.0, 8.0, 6.0, 4.0, 2.0, 28.0],
    [5.0, 16.0, 16.0, 16.0, 4.0, 8.0, 5.0, 30.0],
    [6.0, 12.0, 18.0, 0.0, 4.0, 8.0, 6.0, 46.0],
    [5.0, 14.0, 38.0, 10.0, 8.0, 4.0, 2.0, 19.0],
    [10.0, 12.0, 14.0, 8.0, 3.0, 0.0, 6.0, 47.0],
    [8.0, 14.0, 16.0, 8.0, 2.0, 8.0, 0.0, 44.0],
];

/// How a unit of intent changes the log-weight of each column of [`TRANSITIONS`].
pub const TRANSITION_SLOPES: [f64; 8] = [-0.10, 0.0, 0.15, 0.50, 0.0, 0.30, 0.40, -0.30];

/// Weight of the entry page (columns of [`GROUPS`] without exit), by channel.
const ENTRIES: [[f64; 7]; 7] = [
    [60.0, 10.0, 10.0, 6.0, 1.0, 7.0, 3.0],
    [26.0, 14.0, 38.0, 12.0, 1.0, 6.0, 3.0],
    [8.0, 14.0, 48.0, 6.0, 0.0, 12.0, 12.0],
    [30.0, 10.0, 24.0, 2.0, 0.0, 26.0, 8.0],
    [12.0, 10.0, 14.0, 10.0, 0.0, 32.0, 22.0],
    [20.0, 24.0, 40.0, 8.0, 0.0, 4.0, 4.0],
    [48.0, 12.0, 22.0, 2.0, 0.0, 14.0, 2.0],
];

/// The first page of a visit.
pub fn draw_entry(channel: Channel, intent: f64, favourite: u8, rng: &mut Rng) -> Page {
    let mut weights = ENTRIES[channel as usize];
    tilt(&mut weights, intent);
    page_of(rng.weighted(&weights), favourite, rng).unwrap_or(Page::Home)
}

/// The next page, or None when the visitor leaves.
pub fn draw_next(page: Page, intent: f64, favourite: u8, rng: &mut Rng) -> Option<Page> {
    // From an apply step, people go on as from the fees page.
    let mut weights = TRANSITIONS[page.row().unwrap_or(3)];
    tilt(&mut weights, intent);
    page_of(rng.weighted(&weights), favourite, rng)
}

fn tilt(weights: &mut [f64], intent: f64) {
    for (weight, slope) in weights.iter_mut().zip(TRANSITION_SLOPES) {
        *weight *= exp(slope * intent);
    }
}

fn page_of(group: usize, favourite: u8, rng: &mut Rng) -> Option<Page> {
    Some(match group {
        0 => Page::Home,
        1 => Page::Courses,
        2 if rng.chance(0.6) => Page::Course(favourite),
        2 => Page::Course(draw_course(rng)),
        3 => Page::Fees,
        4 => Page::Search(rng.below(SEARCH_TERMS.len()) as u8),
        5 => Page::OpenDay,
        6 => Page::Prospectus,
        _ => return None,
    })
}
