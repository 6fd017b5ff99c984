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
        Compare(File.ReadAllText(Path.Combine(source, "tokenizer.json")), source, preTokenizer, Texts(name));
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
    [InlineData("metaspace-bpe", "pairs that merges does not list")]
    public void A_tokenizer_that_llama_cpp_would_read_differently_is_refused(string name, string message)
    {
        using var folder = new TemporaryFolder();
        string source = GoldenFolder.CaseFolder("tokenizers", name);
        TinyModel model = WithVocabulary(folder, File.ReadAllText(Path.Combine(source, "tokenizer.json")), source);

        Assert.Contains(message, Assert.Throws<CheckpointException>(() => model.Export(folder["model.gguf"])).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["model.gguf"]));
    }

    private static void Compare(string tokenizerJson, string source, string preTokenizer, IReadOnlyList<string> texts)
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
        [.. GoldenFolder.LineRows("tokenizers", $"{name}/golden.jsonl").Select(row => GoldenFolder.Line("tokenizers", row.Data).Text("text"))];
}
