using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AlignService.Text.Tokenization.Characters;
using Microsoft.ML.Tokenizers;

namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>tokenizer.json from a tiktoken file: one line per token with its bytes in base64 and its rank, which is its id.</summary>
internal static class TiktokenConverter
{
    private const int MostTokens = 2_000_000;
    private static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(10);

    /// <summary>Whether a file starts like a tiktoken file. Meta's tokenizer.model of Llama 3 is one too.</summary>
    public static bool IsTiktoken(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> line = file[..Math.Max(0, file[..Math.Min(file.Length, 1024)].IndexOf((byte)'\n'))].TrimEnd((byte)'\r');
        int blank = line.IndexOf((byte)' ');
        return blank > 0 && Base64.IsValid(line[..blank]) && int.TryParse(line[(blank + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }

    /// <exception cref="CheckpointException">The file is broken.</exception>
    public static ConvertedTokenizer Convert(byte[] file, string name, TokenizerSettings settings, TiktokenPattern pattern)
    {
        Dictionary<string, int> ids = Ids(file, name);
        Dictionary<string, int> special = SpecialIds(ids, settings, name);
        var notes = new List<string> { $"Words are split by the pattern \"{pattern.Name}\"; {name} does not specify one." };
        if (special.Count == 0)
        {
            notes.Add("No special token is known: added_tokens_decoder of tokenizer_config.json names them with their ids.");
        }

        string? bos = settings.AddsBos ?? pattern.AddsBos ? settings.BosToken : null, eos = settings.AddsEos ?? false ? settings.EosToken : null;
        if (new[] { bos, eos }.OfType<string>().FirstOrDefault(token => !special.ContainsKey(token)) is { } absent)
        {
            throw new CheckpointException($"The special token {absent} has no id; added_tokens_decoder of tokenizer_config.json must name it.");
        }

        JsonObject json = TokenizerJson.Document(
            new JsonArray([.. settings.AddedTokens.Values]),
            TokenizerJson.BytePairModel(ids, Merges(ids), unknownToken: null, fallsBackToBytes: false, ignoresMerges: true),
            ("normalizer", pattern.IsNormalized ? TokenizerJson.Part("NFC") : null),
            ("pre_tokenizer", TokenizerJson.Part("Sequence", ("pretokenizers", new JsonArray(
                TokenizerJson.Part("Split", ("pattern", new JsonObject { ["Regex"] = pattern.Pattern }), ("behavior", "Isolated"), ("invert", false)),
                ByteLevel())))),
            ("post_processor", TokenizerJson.Template(bos, eos, special)),
            ("decoder", ByteLevel()));
        var words = new RegexPreTokenizer(new Regex(pattern.Pattern, RegexOptions.CultureInvariant, PatternTime), special);
        TiktokenTokenizer reference = TiktokenTokenizer.Create(new MemoryStream(file), words, normalizer: null, special);
        return new ConvertedTokenizer(name, json, reference, Read(reference, ids), notes);
    }

    private static Dictionary<string, int> Ids(byte[] file, string name)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        int number = 0;
        foreach (string line in Encoding.Latin1.GetString(file).Split('\n'))
        {
            number++;
            if (line.Trim() is not { Length: > 0 } text)
            {
                continue;
            }

            byte[] bytes = new byte[text.Length];
            string[] parts = text.Split(' ');
            if (parts.Length != 2 || !System.Convert.TryFromBase64String(parts[0], bytes, out int length) || length == 0
                || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int rank) || rank >= MostTokens || !taken.Add(rank) || !ids.TryAdd(Written(bytes.AsSpan(0, length)), rank))
            {
                throw new CheckpointException($"{name}:{number} is not base64 bytes and a unique rank below {MostTokens}; it is not a tiktoken file, or it is damaged.");
            }
        }

        byte? absent = Enumerable.Range(0, 256).Select(value => (byte?)value).FirstOrDefault(value => !ids.ContainsKey(Written([value!.Value])));
        return absent is null ? ids : throw new CheckpointException($"{name} has no token for the byte 0x{absent:X2}; a byte-level vocabulary has all 256.");
    }

    private static Dictionary<string, int> SpecialIds(Dictionary<string, int> ids, TokenizerSettings settings, string name)
    {
        var taken = ids.Values.ToHashSet();
        Dictionary<string, int> special = settings.AddedTokens.ToDictionary(token => (string)token.Value["content"]!, token => token.Key, StringComparer.Ordinal);
        return special.Where(token => taken.Contains(token.Value)).Select(token => token.Key).FirstOrDefault() is { } clash
            ? throw new CheckpointException($"The added token {clash} has the id {special[clash]}, which belongs to another token in {name}; the files do not belong together.")
            : special;
    }

    /// <summary>tiktoken joins any two neighbors that together are a token, lowest rank first, so every way to build a token is a merge.</summary>
    private static IEnumerable<(string Left, string Right)> Merges(Dictionary<string, int> ids) => ids
        .OrderBy(token => token.Value)
        .SelectMany(token => Enumerable.Range(1, token.Key.Length - 1)
            .Select(at => (Left: token.Key[..at], Right: token.Key[at..]))
            .Where(split => ids.ContainsKey(split.Left) && ids.ContainsKey(split.Right))
            .OrderBy(split => ids[split.Left])
            .ThenBy(split => ids[split.Right]));

    /// <summary>The vocabulary by the reference, which shows it only as text: a token that is part of a character counts as is.</summary>
    private static Dictionary<string, int> Read(TiktokenTokenizer reference, Dictionary<string, int> ids)
    {
        var read = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, int id) in ids)
        {
            byte[] bytes = [.. token.Select(character => (byte)ByteAlphabet.ByteOf(character))];
            read[System.Text.Unicode.Utf8.IsValid(bytes) ? Written(Encoding.UTF8.GetBytes(reference.Decode([id]))) : token] = id;
        }

        return read;
    }

    private static string Written(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        ByteAlphabet.Write(bytes, text);
        return text.ToString();
    }

    private static JsonObject ByteLevel() => TokenizerJson.Part("ByteLevel", ("add_prefix_space", false), ("trim_offsets", false), ("use_regex", false));
}
