using System.Text.Json;
using AlignService.Text.Tokenization.Files;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>Converts a piece of text to token ids. Thread-safe; each call uses its own workspace.</summary>
internal interface ISubwordModel
{
    Vocabulary Vocabulary { get; }

    void Encode(ReadOnlySpan<char> piece, SubwordWorkspace workspace, List<int> ids);
}

/// <summary>Builds the model that tokenizer.json describes.</summary>
internal static class SubwordModelReader
{
    public static ISubwordModel Read(JsonField field)
    {
        string type = Type(field);
        return type == "BPE" ? BytePair(field) : throw field.Unsupported("model", type, "BPE");
    }

    // The first files had no type; what else they have tells the models apart.
    private static string Type(JsonField field) => field["type"].TextOrNull() ?? (
        field["vocab"].IsArray ? "Unigram" :
        !field["merges"].IsNull ? "BPE" :
        !field["max_input_chars_per_word"].IsNull ? "WordPiece" : "WordLevel");

    private static BytePairModel BytePair(JsonField field)
    {
        RequireNothing(field, "continuing_subword_prefix");
        RequireNothing(field, "end_of_word_suffix");
        JsonField dropout = field["dropout"];
        if (!dropout.IsNull && dropout.Value.GetRawText().Any(c => c is not ('0' or '.')))
        {
            throw new CheckpointException($"{dropout.Path} is {dropout.Value.GetRawText()}; only null and 0 are supported: an encoding must be repeatable.");
        }

        Vocabulary vocabulary = ReadVocabulary(field["vocab"]);
        List<(string Left, string Right)> pairs = ReadPairs(field["merges"]);
        return new BytePairModel(vocabulary, Merges(field, vocabulary, pairs), pairs, new BytePairConfig
        {
            UnknownToken = field["unk_token"].TextOrNull(),
            FusesUnknown = field["fuse_unk"].Flag(absent: false),
            FallsBackToBytes = field["byte_fallback"].Flag(absent: false),
            IgnoresMerges = field["ignore_merges"].Flag(absent: false),
        });
    }

    private static void RequireNothing(JsonField model, string name)
    {
        if (model[name].TextOrNull() is { Length: > 0 } text)
        {
            throw new CheckpointException($"{model.Path}.{name} is '{text}'; only null and \"\" are supported.");
        }
    }

    private static Vocabulary ReadVocabulary(JsonField field)
    {
        var vocabulary = new Vocabulary(field.IsObject ? field.Value.GetPropertyCount() : 0);
        foreach ((string text, JsonElement id) in field.Properties())
        {
            bool isId = id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int number) && number is >= 0 and < int.MaxValue;
            vocabulary.Add(text, isId ? id.GetInt32() : throw field.Wrong($"a vocabulary whose ids are whole numbers in [0, {int.MaxValue}), unlike that of '{text}'"));
        }

        return vocabulary;
    }

    private static List<(string Left, string Right)> ReadPairs(JsonField field)
    {
        var pairs = new List<(string, string)>(field.IsArray ? field.Value.GetArrayLength() : 0);
        foreach (JsonField item in field.Items())
        {
            // A list taken over from merges.txt keeps its first line.
            if (!(item.IsString && item.Text().StartsWith("#version", StringComparison.Ordinal)))
            {
                pairs.Add(Pair(item));
            }
        }

        return pairs;
    }

    private static (string Left, string Right) Pair(JsonField item)
    {
        string[] sides = item.IsString ? item.Text().Split(' ') : [.. item.Items().Select(side => side.Text())];
        return sides.Length == 2 && sides[0].Length > 0 && sides[1].Length > 0 ? (sides[0], sides[1]) : throw item.Wrong("a pair of tokens");
    }

    private static MergeTable Merges(JsonField model, Vocabulary vocabulary, List<(string Left, string Right)> pairs)
    {
        var merges = new MergeTable(pairs.Count);
        for (int rank = 0; rank < pairs.Count; rank++)
        {
            (string left, string right) = pairs[rank];
            int joined = vocabulary.Id(left + right) ?? throw Missing(model, pairs, rank, left + right);
            merges.Add(
                vocabulary.Id(left) ?? throw Missing(model, pairs, rank, left),
                vocabulary.Id(right) ?? throw Missing(model, pairs, rank, right),
                new Merge(rank, joined));
        }

        return merges;
    }

    private static CheckpointException Missing(JsonField model, List<(string Left, string Right)> pairs, int rank, string text) =>
        new($"{model.Path}.merges[{rank}] joins '{pairs[rank].Left}' and '{pairs[rank].Right}', but '{text}' is not in the vocabulary.");
}
