//! The store on the tables that the original and this program share (`spec/model.md` 3, 4, 13).

mod commit;
mod faults;
mod head;
mod images;
pub mod item;
mod link;
mod log;
mod logins;
mod migrate;
mod plan;
mod rows;
pub mod settings;
mod state;
mod store;
pub mod tables;
mod travel;

pub use migrate::Migration;
pub use settings::Settings;
pub use store::DynamoStore;
pub use tables::{Names, Table};
