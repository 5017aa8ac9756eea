//! A dialler on a virtual clock (`spec/rate-limiting.md` 10): calls from a script or made up, judged by this function
//! or as the original did, with faults, as a time line and a summary. The same seed gives the same result.

pub mod faults;
pub mod line;
pub mod load;
pub mod script;
pub mod simulator;

pub use faults::{Chances, Fault};
pub use line::{Line, Pair, Summary, compare};
pub use load::Load;
pub use script::{Dial, Expect, How};
pub use simulator::{Rules, Simulator, run};
