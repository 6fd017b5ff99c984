using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlignService.Cli.Demo.Building;

/// <summary>A tokenizer of single characters as a Hugging Face tokenizer.json: three special tokens, lower-case letters, a little punctuation.</summary>
internal static class DemoTokenizer
{
    public const int PadId = 0;
    public const int BeginId = 1;
    public const int EndId = 2;
    private const string Characters = " abcdefghijklmnopqrstuvwxyz:.,?!";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Special = ["<pad>", "<s>", "</s>"];

    public static int VocabularySize => Special.Length + Characters.Length;

    /// <summary>Encodes as the written tokenizer.json does without special tokens.</summary>
    public static IEnumerable<int> Encode(string text) => text.Select(c => Special.Length + Characters.IndexOf(c, StringComparison.Ordinal));

    public static void Write(string directory)
    {
        JsonObject vocabulary = [];
        foreach (string token in Special.Concat(Characters.Select(c => c.ToString())))
        {
            vocabulary[token] = vocabulary.Count;
        }

        JsonObject tokenizer = new()
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. Special.Select(AddedToken)]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = BeginTemplate(),
            ["decoder"] = new JsonObject { ["type"] = "Fuse" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["unk_token"] = null, ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
        JsonObject configuration = new()
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = Special[BeginId],
            ["eos_token"] = Special[EndId],
            ["pad_token"] = Special[PadId],
            ["clean_up_tokenization_spaces"] = false,
        };
        File.WriteAllText(Path.Combine(directory, "tokenizer.json"), tokenizer.ToJsonString(Indented) + "\n");
        File.WriteAllText(Path.Combine(directory, "tokenizer_config.json"), configuration.ToJsonString(Indented) + "\n");
    }

    private static JsonNode AddedToken(string content, int id) => new JsonObject
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject BeginTemplate()
    {
        string begin = Special[BeginId];
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray(
                new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = begin, ["type_id"] = 0 } },
                new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }),
            ["pair"] = new JsonArray(),
            ["special_tokens"] = new JsonObject
            {
                [begin] = new JsonObject { ["id"] = begin, ["ids"] = new JsonArray(BeginId), ["tokens"] = new JsonArray(begin) },
            },
        };
    }
}
