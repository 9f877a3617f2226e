//! What the demo's shop sells. All made up.

/// An article.
#[derive(Debug, Clone, Copy)]
pub(super) struct Article {
    pub(super) sku: &'static str,
    pub(super) title: &'static str,
    pub(super) category: &'static str,
    /// Gross price in the United Kingdom.
    pub(super) pence: i64,
}

/// Goods made for one buyer; sold as final by the demo's policy.
pub(super) const MADE_TO_ORDER: &str = "made-to-order";
/// Goods for which the demo's policy has a longer window.
pub(super) const FURNITURE: &str = "furniture";

/// One article a line: article number, title, category, pence.
macro_rules! articles {
    ($($sku:literal $title:literal $category:expr, $pence:literal;)*) => {
        [$(Article { sku: $sku, title: $title, category: $category, pence: $pence },)*]
    };
}

pub(super) const ARTICLES: [Article; 24] = articles! {
    "K-101" "Enamel mug, speckled" "kitchen", 695;
    "K-102" "Linen tea towel" "kitchen", 495;
    "K-103" "Cast iron pan, 26 cm" "kitchen", 4_250;
    "K-104" "Wooden spoon" "kitchen", 149;
    "K-105" "Paper straws, pack" "kitchen", 85;
    "H-201" "Wool throw, heather" "home", 3_995;
    "H-202" "Beeswax candle" "home", 325;
    "H-203" "Glass lantern" "home", 1_250;
    "H-204" "Door mat, coir" "home", 1_595;
    "H-205" "Hanging heart, tin" "home", 165;
    "G-301" "Seed tin" "garden", 725;
    "G-302" "Hand trowel" "garden", 1_195;
    "G-303" "Watering can, 5 l" "garden", 2_450;
    "S-401" "Notebook, ruled" "stationery", 595;
    "S-402" "Gift wrap, sheet" "stationery", 42;
    "S-403" "Pencil case" "stationery", 850;
    "T-501" "Wooden blocks" "toys", 1_895;
    "T-502" "Skipping rope" "toys", 450;
    "T-503" "Kite, small" "toys", 1_350;
    "F-601" "Oak stool" FURNITURE, 8_900;
    "F-602" "Bookshelf, pine" FURNITURE, 24_900;
    "F-603" "Writing desk" FURNITURE, 62_000;
    "M-701" "Mug with a name" MADE_TO_ORDER, 1_450;
    "M-702" "Embroidered cushion" MADE_TO_ORDER, 2_750;
};
