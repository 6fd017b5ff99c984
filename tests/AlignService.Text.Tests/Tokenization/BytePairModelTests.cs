using AlignService.Text.Tokenization.Subwords;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>The fast encoder against the definition of BPE: scan for the lowest rank, join the leftmost, again.</summary>
public sealed class BytePairModelTests
{
    private const string Letters = "abcd\u2581";

    [Theory]
    [InlineData(5, 12)]
    [InlineData(40, 23)]
    [InlineData(40, 24)]
    [InlineData(40, 25)]
    [InlineData(60, 400)]
    public void Encode_RandomMerges_IsWhatTheDefinitionGives(int mergeCount, int length)
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            List<(string Left, string Right)> pairs = RandomMerges(random, mergeCount, out Vocabulary vocabulary);
            var merges = new MergeTable(pairs.Count);
            for (int rank = 0; rank < pairs.Count; rank++)
            {
                (string left, string right) = pairs[rank];
                merges.Add(vocabulary.Id(left)!.Value, vocabulary.Id(right)!.Value, new Merge(rank, vocabulary.Id(left + right)!.Value));
            }

            var model = new BytePairModel(vocabulary, merges, pairs, new BytePairConfig());
            string text = string.Concat(Enumerable.Range(0, length).Select(_ => Letters[random.Next(Letters.Length)]));
            var ids = new List<int>();
            model.Encode(text, new SubwordWorkspace(), ids);
            Assert.Equal(ByDefinition(text, pairs), ids.Select(id => vocabulary.TryGetText(id, out string? token) ? token : "?"));
        }
    }

    private static List<(string Left, string Right)> RandomMerges(Random random, int count, out Vocabulary vocabulary)
    {
        vocabulary = new Vocabulary(count);
        List<string> tokens = [.. Letters.Select(letter => letter.ToString())];
        foreach (string token in tokens)
        {
            vocabulary.Add(token, vocabulary.Count);
        }

        var pairs = new List<(string, string)>();
        while (pairs.Count < count)
        {
            (string left, string right) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
            if (vocabulary.Id(left + right) is null)
            {
                pairs.Add((left, right));
                tokens.Add(left + right);
                vocabulary.Add(left + right, vocabulary.Count);
            }
        }

        return pairs;
    }

    private static List<string> ByDefinition(string text, List<(string Left, string Right)> pairs)
    {
        List<string> symbols = [.. text.Select(letter => letter.ToString())];
        while (true)
        {
            int best = -1;
            int bestRank = int.MaxValue;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                int rank = pairs.IndexOf((symbols[i], symbols[i + 1]));
                (best, bestRank) = rank >= 0 && rank < bestRank ? (i, rank) : (best, bestRank);
            }

            if (best < 0)
            {
                return symbols;
            }

            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }
}
