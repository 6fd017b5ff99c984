using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Text.Json;

namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>What the files beside a vocabulary say about its special tokens: tokenizer_config.json, special_tokens_map.json and added_tokens.json, each where it exists.</summary>
internal sealed record TokenizerSettings
{
    private const long LargestFile = 50_000_000;
    private static readonly string[] Flags = ["single_word", "lstrip", "rstrip", "normalized", "special"];

    public bool? AddsBos { get; private init; }

    public bool? AddsEos { get; private init; }

    /// <summary>`legacy` of Llama's tokenizer: whether every part of a text that special tokens separate gets a blank, not just its start.</summary>
    public bool? IsLegacy { get; private init; }

    public string? BosToken { get; private init; }

    public string? EosToken { get; private init; }

    public string? TokenizerClass { get; private init; }

    /// <summary>Tokens named with their ids, as tokenizer.json writes them.</summary>
    public IReadOnlyDictionary<int, JsonObject> AddedTokens { get; private init; } = new Dictionary<int, JsonObject>();

    /// <exception cref="CheckpointException">A file is broken.</exception>
    public static TokenizerSettings Read(string directory)
    {
        JsonObject? config = File(directory, "tokenizer_config.json"), map = File(directory, "special_tokens_map.json"), added = File(directory, "added_tokens.json");
        try
        {
            return new TokenizerSettings
            {
                AddsBos = (bool?)config?["add_bos_token"],
                AddsEos = (bool?)config?["add_eos_token"],
                IsLegacy = (bool?)config?["legacy"],
                BosToken = Token("bos_token", config, map),
                EosToken = Token("eos_token", config, map),
                TokenizerClass = (string?)config?["tokenizer_class"],
                AddedTokens = Added(config?["added_tokens_decoder"]?.AsObject(), added),
            };
        }
        catch (Exception fault) when (fault is InvalidOperationException or FormatException or OverflowException)
        {
            throw new CheckpointException($"{directory}: tokenizer_config.json, special_tokens_map.json or added_tokens.json has a value of the wrong type: {fault.Message}", fault);
        }
    }

    /// <summary>A token with its flags, as tokenizer.json writes it.</summary>
    public static JsonObject Token(int id, string content, bool isSpecial) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = isSpecial,
    };

    private static JsonObject? File(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        if (!System.IO.File.Exists(path))
        {
            return null;
        }

        try
        {
            return new FileInfo(path).Length <= LargestFile && JsonNode.Parse(PythonJson.ToJson(System.IO.File.ReadAllBytes(path), path).Span, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) is JsonObject file
                ? file
                : throw new CheckpointException($"{path} is not a JSON object of at most {LargestFile} bytes.");
        }
        catch (JsonException fault)
        {
            throw new CheckpointException($"{path} is not valid JSON: {fault.Message}", fault);
        }
    }

    private static string? Token(string name, params JsonObject?[] files) =>
        files.Select(file => file?[name]).OfType<JsonNode>().Select(token => token is JsonObject described ? (string?)described["content"] : (string?)token).FirstOrDefault();

    private static SortedDictionary<int, JsonObject> Added(JsonObject? decoder, JsonObject? plain)
    {
        var tokens = new SortedDictionary<int, JsonObject>();
        foreach ((string content, JsonNode? id) in plain ?? [])
        {
            tokens[(int)id!] = Token((int)id!, content, isSpecial: true);
        }

        foreach ((string id, JsonNode? given) in decoder ?? [])
        {
            int number = int.Parse(id, System.Globalization.CultureInfo.InvariantCulture);
            JsonObject token = Token(number, (string)given!["content"]!, isSpecial: false);
            foreach (string flag in Flags.Where(flag => given[flag] is not null))
            {
                token[flag] = (bool)given[flag]!;
            }

            tokens[number] = token;
        }

        return tokens;
    }
}
