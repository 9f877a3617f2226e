//! What differs between two versions of a policy.

use std::collections::BTreeMap;

use backhaul_events::returns::PolicySet;
use serde_json::Value;

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where it stands, such as `rules[holidays].window.length`.
    pub path: String,
    /// What stood there, as JSON; none when nothing did.
    pub before: Option<String>,
    /// What stands there, as JSON; none when nothing does.
    pub after: Option<String>,
}

/// What differs, by path. What has an id is found by it, wherever it stands in its list; a change
/// of order is told as one, because the first rule that holds decides.
pub fn diff(before: &PolicySet, after: &PolicySet) -> Vec<Difference> {
    let [before, after] = [before, after].map(|content| {
        let mut places = BTreeMap::new();
        let json = serde_json::to_value(content).expect("a policy is plain data");
        flatten(String::new(), json, &mut places);
        places
    });
    let mut differences: Vec<Difference> = before
        .iter()
        .filter(|(path, value)| after.get(*path) != Some(value))
        .map(|(path, value)| Difference {
            path: path.clone(),
            before: Some(value.clone()),
            after: after.get(path).cloned(),
        })
        .collect();
    let added = after.iter().filter(|(path, _)| !before.contains_key(*path));
    differences.extend(added.map(|(path, value)| Difference {
        path: path.clone(),
        before: None,
        after: Some(value.clone()),
    }));
    differences.sort_by(|left, right| left.path.cmp(&right.path));
    differences
}

fn flatten(path: String, value: Value, places: &mut BTreeMap<String, String>) {
    let id = |value: &Value| value.get("id").and_then(Value::as_str).map(str::to_owned);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = match path.as_str() {
                    "" => name,
                    path => format!("{path}.{name}"),
                };
                flatten(path, field, places);
            }
        }
        Value::Array(values)
            if !values.is_empty() && values.iter().all(|each| id(each).is_some()) =>
        {
            let ids: Vec<String> = values.iter().filter_map(id).collect();
            for (id, value) in ids.iter().zip(values) {
                flatten(format!("{path}[{id}]"), value, places);
            }
            places.insert(format!("{path} (order)"), ids.join(", "));
        }
        value => drop(places.insert(path, value.to_string())),
    }
}
