using System.Text.Json.Nodes;
using AlignService.HuggingFace.Exports;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.HuggingFace.Tests.Gguf;

/// <summary>llama.cpp gives the tokens of the golden texts, for every kind of tokenizer that has a name there.</summary>
public sealed class LlamaCppTokenizerTests
{
    private const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Tail = @"|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string UpperWord = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+";
    private const string LowerWord = @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*";

    private static readonly string[] SpecialTexts = ["<s>", "</s>", "<unk>"];

    private static readonly Dictionary<string, string> Patterns = new()
    {
        ["qwen2"] = Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*" + Tail,
        ["tekken"] = $"{UpperWord}|{LowerWord}" + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Tail,
        ["gpt-4o"] = $"{UpperWord}{Contractions}?|{LowerWord}{Contractions}?" + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*" + Tail,
    };

    [Theory]
    [InlineData("bytelevel-gpt2", "gpt-2")]
    [InlineData("bytelevel-llama3", "smaug-bpe")]
    [InlineData("qwen3", "qwen2")]
    [InlineData("llama2", "default")]
    public void A_golden_tokenizer_gives_its_golden_tokens(string name, string preTokenizer)
    {
        string folder = GoldenFolder.CaseFolder("tokenizers", name);
        string source = File.Exists(Path.Combine(folder, "source.txt")) ? GoldenFolder.Source(folder) : folder;
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "tokenizer.json")))!;

        // What is reported instead: characters are not composed, and llama2's special tokens are found everywhere. Qwen's "</s>" is an ordinary token, which llama.cpp takes for an end by its text.
        bool composes = (string?)json["normalizer"]?["type"] == "NFC", differsInSpecials = name is "llama2" or "qwen3";
        json["normalizer"] = composes ? null : json["normalizer"]?.DeepClone();
        Compare(json.ToJsonString(), source, preTokenizer, [.. Texts(name).Where(text => !differsInSpecials || !SpecialTexts.Any(special => text.Contains(special, StringComparison.Ordinal)))]);
    }

    [Theory]
    [InlineData("qwen3", "composes characters first (NFC)")]
    [InlineData("llama2", "normalized is true")]
    public void What_llama_cpp_does_differently_is_reported(string name, string finding)
    {
        using var folder = new TemporaryFolder();
        string source = GoldenFolder.Source(GoldenFolder.CaseFolder("tokenizers", name));
        ModelExport export = WithVocabulary(folder, File.ReadAllText(Path.Combine(source, "tokenizer.json")), source).Export(folder["model.gguf"]);
        Assert.Contains(export.Findings, text => text.Contains(finding, StringComparison.Ordinal));
    }

    /// <summary>The same merges behind other splits, as real tokenizers have them.</summary>
    [Theory]
    [InlineData("llama-bpe", true)]
    [InlineData("qwen2", false)]
    [InlineData("tekken", true)]
    [InlineData("gpt-4o", false)]
    [InlineData("smollm", false)]
    public void A_split_that_llama_cpp_knows_gives_the_same_tokens(string preTokenizer, bool ignoresMerges)
    {
        string source = GoldenFolder.CaseFolder("tokenizers", "bytelevel-llama3");
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "tokenizer.json")))!;
        json["model"]!["ignore_merges"] = ignoresMerges;
        JsonArray parts = json["pre_tokenizer"]!["pretokenizers"]!.AsArray();
        if (preTokenizer == "smollm")
        {
            parts[0] = new JsonObject { ["type"] = "Digits", ["individual_digits"] = true };
            parts[1]!["use_regex"] = true;
        }
        else if (Patterns.TryGetValue(preTokenizer, out string? pattern))
        {
            parts[0]!["pattern"]!["Regex"] = pattern;
        }

        Compare(json.ToJsonString(), source, preTokenizer, Texts("bytelevel-llama3"));
    }

    [Theory]
    [InlineData("metaspace-bpe", "pairs that merges does not list", "{}")]
    [InlineData("metaspace-bpe", "needs a token for every byte", """{"model":{"byte_fallback":false}}""")]
    [InlineData("metaspace-bpe", "these do more", """{"normalizer":{"type":"Lowercase"}}""")]
    [InlineData("bytelevel-gpt2", "it is none of those that llama.cpp knows by name", """{"model":{"ignore_merges":true}}""")]
    [InlineData("bytelevel-gpt2", "without add_prefix_space", """{"pre_tokenizer":{"add_prefix_space":true}}""")]
    [InlineData("bytelevel-gpt2", "does not apply the normalizer Lowercase", """{"normalizer":{"type":"Lowercase"}}""")]
    public void A_tokenizer_that_llama_cpp_would_read_differently_is_refused(string name, string message, string changes)
    {
        using var folder = new TemporaryFolder();
        string source = GoldenFolder.CaseFolder("tokenizers", name);
        JsonObject json = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "tokenizer.json")))!.AsObject();
        Change(json, JsonNode.Parse(changes)!.AsObject());
        TinyModel model = WithVocabulary(folder, json.ToJsonString(), source);

        Assert.Contains(message, Assert.Throws<CheckpointException>(() => model.Export(folder["model.gguf"])).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["model.gguf"]));
    }

    private static void Change(JsonObject json, JsonObject changes)
    {
        foreach ((string key, JsonNode? value) in changes)
        {
            if (json[key] is JsonObject inner && value is JsonObject innerChanges)
            {
                Change(inner, innerChanges);
            }
            else
            {
                json[key] = value?.DeepClone();
            }
        }
    }

    private static void Compare(string tokenizerJson, string source, string preTokenizer, List<string> texts)
    {
        using var folder = new TemporaryFolder();
        TinyModel model = WithVocabulary(folder, tokenizerJson, source);
        ModelExport export = model.Export(folder["model.gguf"]);
        Assert.Equal(preTokenizer, GgufReader.Read(export.Path).Metadata["tokenizer.ggml.pre"]);
        Tokenizer tokenizer = Tokenizer.Load(model.Directory);
        using LlamaCpp llama = LlamaCpp.Load(export.Path);
        List<string> different = [];
        foreach (string text in texts)
        {
            foreach (bool special in new[] { false, true })
            {
                int[] expected = tokenizer.Encode(text, special), actual = llama.Tokenize(text, special);
                if (!expected.SequenceEqual(actual))
                {
                    different.Add($"{System.Text.Json.JsonSerializer.Serialize(text)}: [{string.Join(" ", expected)}] but [{string.Join(" ", actual)}]");
                }
            }
        }

        Assert.True(different.Count == 0, $"{different.Count} of {2 * texts.Count}:\n{string.Join("\n", different.Take(20))}");
    }

    private static TinyModel WithVocabulary(TemporaryFolder folder, string tokenizerJson, string source)
    {
        string directory = folder["model"];
        int count = Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(tokenizerJson)).VocabularySize;
        return TinyModel.Write(directory, config => config["vocab_size"] = count).WithTokenizer(tokenizerJson, source);
    }

    private static List<string> Texts(string name) =>
        [.. GoldenFolder.LineRows("tokenizers", $"{name}/golden.jsonl").Select(row => GoldenFolder.Line("tokenizers", row.Data)).Where(line => line.Has("text")).Select(line => line.Text("text"))];
}
