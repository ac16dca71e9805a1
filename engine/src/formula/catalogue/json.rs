//! Functions of JSON, which is text here.

macro_rules! json {
    ($rest:tt $($before:tt)*) => { declare! { $rest $($before)*

    /// A part of JSON, as JSON: the value of a name in an object, or the element of a list, counted from zero; null where there is none.
    JsonGet: Json, Strict, ["->", "json_extract", "json_get"], "member field element parse json query",
    { (Text, Text) -> Text, fails; (Text, Integer) -> Text, fails; }
    "'{\"a\": {\"b\": [1, 2]}}'::json -> 'a'" => "{\"b\": [1, 2]}", "'[10, 20]'::json -> 1" => "20", "'{\"a\": 1}'::json -> 'b'" => "";

    /// A part of JSON as text: as ->, but text without its quotes, and null for the null of JSON.
    JsonGetText: Json, Strict, ["->>", "json_extract_text", "json_extract_string"], "member field element parse json_value",
    { (Text, Text) -> Text, fails; (Text, Integer) -> Text, fails; }
    "'{\"name\": \"pen\"}'::json ->> 'name'" => "pen", "'[1, null]'::json ->> 1" => "";

    /// What lies on a path of names, and numbers of list elements counted from zero, as JSON: json #> '{a,0}'.
    JsonExtractPath: Json, Strict, ["json_extract_path", "#>"], "json path query nested", { (Text; Text) -> Text, fails; }
    "json_extract_path('{\"a\": [{\"b\": 1}]}', 'a', '0')" => "{\"b\": 1}", "'{\"a\": [5, 6]}'::json #> '{a,1}'" => "6";

    /// What lies on a path of names, and numbers of list elements counted from zero, as text: json #>> '{a,0}'.
    JsonExtractPathText: Json, Strict, ["json_extract_path_text", "#>>"], "json path json_value query nested", { (Text; Text) -> Text, fails; }
    "json_extract_path_text('{\"a\": [{\"b\": \"x\"}]}', 'a', '0', 'b')" => "x", "'{\"a\": {\"b\": \"y\"}}'::json #>> '{a,b}'" => "y";

    /// What a JSON value is: object, array, string, number, boolean or null.
    JsonTypeof: Json, Strict, ["json_typeof", "json_type"], "kind", { (Text) -> Text, fails; }
    "json_typeof('[1]')" => "array", "json_typeof('\"a\"')" => "string";

    /// How many elements a JSON list has.
    JsonArrayLength: Json, Strict, ["json_array_length"], "count size cardinality", { (Text) -> Integer, fails; }
    "json_array_length('[1, [2, 3], null]')" => "3";

    /// The names in a JSON object.
    JsonObjectKeys: Json, Strict, ["json_object_keys", "json_keys"], "fields members", { (Text) -> Texts, fails; }
    "json_object_keys('{\"a\": 1, \"b\": null}')" => "[a, b]";

    /// The elements of a JSON list, each as JSON.
    JsonArrayElements: Json, Strict, ["json_array_elements"], "explode unnest parse list", { (Text) -> Texts, fails; }
    "json_array_elements('[1, \"a\"]')" => "[1, \"\\\"a\\\"\"]", "cardinality(json_array_elements('[]'))" => "0";

    /// The elements of a JSON list, each as text: text without its quotes, and null for the null of JSON.
    JsonArrayElementsText: Json, Strict, ["json_array_elements_text"], "explode unnest parse list", { (Text) -> Texts, fails; }
    "json_array_elements_text('[1, \"a\", null]')" => "[1, a, null]";

    /// Whether a text is JSON.
    IsJson: Json, Strict, ["is_json", "json_valid"], "valid check", { (Text) -> Boolean; }
    "is_json('{\"a\": [1, 2]}')" => "true", "is_json('{a: 1}')" => "false";

    /// A value as JSON: lists and structs with all they hold.
    ToJson: Json, Strict, ["to_json", "json_encode"], "json_build_object json_build_array row_to_json serialize stringify write", { (Single) -> Text; }
    "to_json(array[1, null, 3])" => "[1,null,3]", "to_json(named_struct('name', 'pen', 'price', 2))" => "{\"name\":\"pen\",\"price\":2}",
    "to_json('say \"hi\"'::text)" => "\"say \\\"hi\\\"\"";

    } };
}
