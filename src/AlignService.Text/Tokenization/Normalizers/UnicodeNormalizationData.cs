using System.Globalization;

namespace AlignService.Text.Tokenization.Normalizers;

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
