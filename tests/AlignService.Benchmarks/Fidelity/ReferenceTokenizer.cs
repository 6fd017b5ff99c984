using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace AlignService.Benchmarks.Fidelity;

/// <summary>
/// Microsoft.ML.Tokenizers set up by hand for a tokenizer.json, as far as it goes: byte-level BPE whose words one regular expression cuts. It reads no tokenizer.json, has no
/// counterpart of most normalisers and of other pre-tokenisers, and splits off special tokens without their flags.
/// </summary>
internal static class ReferenceTokenizer
{
    /// <summary>null: it has nothing for this file.</summary>
    public static BpeTokenizer? TryCreate(string directory)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory, "tokenizer.json")));
        JsonElement root = file.RootElement, model = root.GetProperty("model");
        if (WordPattern(root.GetProperty("pre_tokenizer")) is not { } pattern)
        {
            return null;
        }

        Dictionary<string, int> special = root.GetProperty("added_tokens").EnumerateArray()
            .ToDictionary(token => token.GetProperty("content").GetString()!, token => token.GetProperty("id").GetInt32());
        var vocabulary = model.GetProperty("vocab").EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetInt32()))
            .Concat(special.Where(token => !model.GetProperty("vocab").TryGetProperty(token.Key, out _)));
        return BpeTokenizer.Create(new BpeOptions(vocabulary)
        {
            Merges = [.. model.GetProperty("merges").EnumerateArray().Select(Merge)],
            ByteLevel = true,
            SpecialTokens = special,
            PreTokenizer = new RegexPreTokenizer(new Regex(pattern, RegexOptions.Compiled), special),
        });
    }

    private static string Merge(JsonElement merge) =>
        merge.ValueKind == JsonValueKind.String ? merge.GetString()! : string.Join(' ', merge.EnumerateArray().Select(side => side.GetString()));

    /// <summary>The one expression of a ByteLevel pre-tokeniser, alone or behind a Split or single Digits; null: anything else.</summary>
    private static string? WordPattern(JsonElement preTokenizer)
    {
        const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
        const string Gpt2WithDigits = @"\p{N}|'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+";
        if (preTokenizer.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        string? type = preTokenizer.GetProperty("type").GetString();
        if (type == "ByteLevel")
        {
            return Gpt2;
        }

        JsonElement[] parts = type == "Sequence" ? [.. preTokenizer.GetProperty("pretokenizers").EnumerateArray()] : [];
        return parts.Length != 2 || parts[1].GetProperty("type").GetString() != "ByteLevel" ? null : parts[0].GetProperty("type").GetString() switch
        {
            "Split" when parts[0].GetProperty("pattern").TryGetProperty("Regex", out JsonElement regex) => regex.GetString(),
            "Digits" => Gpt2WithDigits,
            _ => null,
        };
    }
}
