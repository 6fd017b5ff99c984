using System.Text.Json.Nodes;

namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>The parts of a tokenizer.json that every converted tokenizer has.</summary>
internal static class TokenizerJson
{
    /// <param name="addedTokens">With their flags, by id.</param>
    /// <param name="model">The vocabulary and its merges.</param>
    /// <param name="components">normalizer, pre_tokenizer, post_processor and decoder; null for none.</param>
    public static JsonObject Document(JsonArray addedTokens, JsonObject model, params IEnumerable<(string Name, JsonNode? Component)> components)
    {
        var document = new JsonObject { ["version"] = "1.0", ["truncation"] = null, ["padding"] = null, ["added_tokens"] = addedTokens };
        foreach ((string name, JsonNode? component) in components)
        {
            document[name] = component;
        }

        document["model"] = model;
        return document;
    }

    public static JsonObject BytePairModel(IEnumerable<KeyValuePair<string, int>> vocabulary, IEnumerable<(string Left, string Right)> merges, string? unknownToken, bool fallsBackToBytes, bool ignoresMerges) => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = unknownToken,
        ["continuing_subword_prefix"] = null,
        ["end_of_word_suffix"] = null,
        ["fuse_unk"] = unknownToken is not null,
        ["byte_fallback"] = fallsBackToBytes,
        ["ignore_merges"] = ignoresMerges,
        ["vocab"] = new JsonObject(vocabulary.OrderBy(token => token.Value).Select(token => KeyValuePair.Create(token.Key, (JsonNode?)token.Value))),
        ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)new JsonArray(merge.Left, merge.Right))]),
    };

    public static JsonObject Part(string type, params IEnumerable<(string Name, JsonNode? Value)> fields)
    {
        var part = new JsonObject { ["type"] = type };
        foreach ((string name, JsonNode? value) in fields)
        {
            part[name] = value;
        }

        return part;
    }

    /// <summary>Adds tokens before and after a text; null where there are none.</summary>
    public static JsonObject? Template(string? first, string? last, IReadOnlyDictionary<string, int> ids)
    {
        if (first is null && last is null)
        {
            return null;
        }

        JsonNode[] Around(string sequence, int type) =>
        [
            .. first is null ? (JsonNode[])[] : [Special(first, type)],
            new JsonObject { ["Sequence"] = new JsonObject { ["id"] = sequence, ["type_id"] = type } },
            .. last is null ? (JsonNode[])[] : [Special(last, type)],
        ];

        IEnumerable<string> tokens = new[] { first, last }.OfType<string>().Distinct();
        return Part(
            "TemplateProcessing",
            ("single", new JsonArray(Around("A", 0))),
            ("pair", new JsonArray([.. Around("A", 0), .. Around("B", 1)])),
            ("special_tokens", new JsonObject(tokens.Select(token => KeyValuePair.Create(token, (JsonNode?)new JsonObject
            {
                ["id"] = token,
                ["ids"] = new JsonArray(ids[token]),
                ["tokens"] = new JsonArray(token),
            })))));
    }

    private static JsonObject Special(string token, int type) => new() { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = type } };
}
