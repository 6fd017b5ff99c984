using System.Globalization;
using System.Text;
using static AlignService.Text.Tokenization.Normalizers.UnicodeDecomposition;

namespace AlignService.Text.Tokenization.Normalizers;

/// <summary>NFC, NFD, NFKC or NFKD (Unicode Standard Annex 15).</summary>
internal sealed class UnicodeFormNormalizer(bool composes, bool compatible) : INormalizer
{
    // Below these every character is its own normal form, and none of them joins with its neighbor.
    private readonly char _firstThatMayChange = compatible ? '\u00A0' : composes ? '\u0300' : '\u00C0';

    public string Normalize(string text)
    {
        foreach (char unit in text)
        {
            if (unit >= _firstThatMayChange)
            {
                return Rewritten(text);
            }
        }

        return text;
    }

    public int Lead(string text, int lead) => Normalize(text[..lead]).Length;

    private string Rewritten(string text)
    {
        List<int> scalars = UnicodeDecomposition.Decompose(text, compatible);
        if (composes)
        {
            UnicodeComposition.Compose(scalars);
        }

        var rewritten = new StringBuilder(text.Length);
        foreach (int scalar in scalars)
        {
            if (scalar < 0x10000)
            {
                rewritten.Append((char)scalar);
            }
            else
            {
                rewritten.Append(char.ConvertFromUtf32(scalar));
            }
        }

        return rewritten.ToString();
    }
}

/// <summary>Full decomposition in canonical order. Implemented here because .NET's needs ICU, which the service does not use.</summary>
internal static class UnicodeDecomposition
{
    public const int HangulFirst = 0xAC00;
    public const int HangulCount = 11172;
    public const int LeadingFirst = 0x1100;
    public const int VowelFirst = 0x1161;
    public const int TrailingBefore = 0x11A7;
    public const int VowelCount = 21;
    public const int TrailingCount = 28;

    public static List<int> Decompose(string text, bool compatible)
    {
        var scalars = new List<int>(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            Add(scalars, rune.Value, compatible);
        }

        Order(scalars);
        return scalars;
    }

    private static void Add(List<int> scalars, int scalar, bool compatible)
    {
        int syllable = scalar - HangulFirst;
        if (syllable is >= 0 and < HangulCount)
        {
            scalars.Add(LeadingFirst + (syllable / (VowelCount * TrailingCount)));
            scalars.Add(VowelFirst + (syllable % (VowelCount * TrailingCount) / TrailingCount));
            if (syllable % TrailingCount is > 0 and int trailing)
            {
                scalars.Add(TrailingBefore + trailing);
            }
        }
        else if (scalar >= 0xA0 && UnicodeNormalizationData.Decomposition(scalar, compatible) is { } parts)
        {
            foreach (int part in parts)
            {
                Add(scalars, part, compatible);
            }
        }
        else
        {
            scalars.Add(scalar);
        }
    }

    // Marks of different classes between two starters are sorted by class; equal classes keep their order.
    private static void Order(List<int> scalars)
    {
        var marks = new List<(int Scalar, int Class)>();
        for (int start = 0; start < scalars.Count; start++)
        {
            marks.Clear();
            int end = start;
            while (end < scalars.Count && UnicodeNormalizationData.CombiningClass(scalars[end]) is > 0 and int combiningClass)
            {
                marks.Add((scalars[end++], combiningClass));
            }

            if (marks.Count > 1)
            {
                foreach ((int scalar, _) in marks.OrderBy(mark => mark.Class))
                {
                    scalars[start++] = scalar;
                }
            }

            start = Math.Max(start, end);
        }
    }
}

/// <summary>Canonical composition of decomposed, ordered text.</summary>
internal static class UnicodeComposition
{
    /// <summary>Composes in place.</summary>
    public static void Compose(List<int> scalars)
    {
        int starter = -1;
        int lastClass = 0;
        int kept = 0;
        for (int i = 0; i < scalars.Count; i++)
        {
            int scalar = scalars[i];
            int combiningClass = UnicodeNormalizationData.CombiningClass(scalar);
            bool isAdjacent = starter == kept - 1;
            if (starter >= 0 && (isAdjacent || lastClass < combiningClass) && Pair(scalars[starter], scalar) is { } composed)
            {
                scalars[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = kept;
            }

            lastClass = combiningClass;
            scalars[kept++] = scalar;
        }

        scalars.RemoveRange(kept, scalars.Count - kept);
    }

    private static int? Pair(int first, int second)
    {
        int leading = first - LeadingFirst;
        int vowel = second - VowelFirst;
        if (leading is >= 0 and < HangulCount / (VowelCount * TrailingCount) && vowel is >= 0 and < VowelCount)
        {
            return HangulFirst + (((leading * VowelCount) + vowel) * TrailingCount);
        }

        int syllable = first - HangulFirst;
        int trailing = second - TrailingBefore;
        return syllable is >= 0 and < HangulCount && syllable % TrailingCount == 0 && trailing is > 0 and < TrailingCount
            ? first + trailing
            : UnicodeNormalizationData.Composition(first, second);
    }
}

/// <summary>
/// What the Unicode Character Database 9.0 (the latest in the tokenizers library) says about decomposition and combining classes, from the embedded file
/// <c>normalization.txt</c>: lines <c>code;class;decomposition</c>, the decomposition as in UnicodeData.txt with <c>~</c> in front if it is a
/// compatibility one and <c>!</c> if it is canonical but excluded from composition.
/// </summary>
internal static class UnicodeNormalizationData
{
    private const string Resource = "AlignService.Text.Tokenization.Normalizers.normalization.txt";

    private static readonly Tables Loaded = Load();

    public static int CombiningClass(int scalar) => scalar < 0x300 ? 0 : Loaded.Classes.GetValueOrDefault(scalar);

    /// <summary>One step of decomposition, or null.</summary>
    public static int[]? Decomposition(int scalar, bool compatible) =>
        Loaded.Canonical.GetValueOrDefault(scalar) ?? (compatible ? Loaded.Compatible.GetValueOrDefault(scalar) : null);

    public static int? Composition(int first, int second) =>
        Loaded.Compositions.TryGetValue(((long)first << 32) | (uint)second, out int composed) ? composed : null;

    private static Tables Load()
    {
        var tables = new Tables([], [], [], []);
        using Stream stream = typeof(UnicodeNormalizationData).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing from the assembly.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                Read(line.Split(';'), tables);
            }
        }

        return tables;
    }

    private static void Read(string[] fields, Tables tables)
    {
        int scalar = Hex(fields[0]);
        if (fields[1].Length > 0)
        {
            tables.Classes.Add(scalar, int.Parse(fields[1], CultureInfo.InvariantCulture));
        }

        if (fields[2].Length == 0)
        {
            return;
        }

        int[] parts = [.. fields[2].TrimStart('~', '!').Split(' ').Select(Hex)];
        (fields[2][0] == '~' ? tables.Compatible : tables.Canonical).Add(scalar, parts);
        if (char.IsAsciiHexDigit(fields[2][0]) && parts.Length == 2)
        {
            tables.Compositions.Add(((long)parts[0] << 32) | (uint)parts[1], scalar);
        }
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed record Tables(
        Dictionary<int, int> Classes, Dictionary<int, int[]> Canonical, Dictionary<int, int[]> Compatible, Dictionary<long, int> Compositions);
}
