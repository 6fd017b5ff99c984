using System.Globalization;
using Xunit;

namespace AlignService.Testing;

/// <summary>Comparisons whose message is one line: `case: what, expected, got, tolerance`.</summary>
public static class GoldenAssert
{
    /// <summary>|got - expected| at most the tolerance, absolutely; NaN equals NaN.</summary>
    public static void Absolute(string caseName, string what, double expected, double got, double tolerance)
    {
        bool equal = double.IsNaN(expected) ? double.IsNaN(got) : Math.Abs(got - expected) <= tolerance;
        Assert.True(equal, $"{caseName}: {what}, expected {Show(expected)}, got {Show(got)}, tolerance {Show(tolerance)}");
    }

    public static void Absolute(string caseName, string what, IReadOnlyList<double> expected, IReadOnlyList<double> got, double tolerance)
    {
        Assert.True(expected.Count == got.Count, $"{caseName}: {what}, expected {expected.Count} values, got {got.Count}, tolerance none");
        for (int i = 0; i < expected.Count; i++)
        {
            Absolute(caseName, $"{what}[{i}]", expected[i], got[i], tolerance);
        }
    }

    /// <summary>|got - expected| at most tolerance * max(1, largest |expected| of the list): the rule of the algorithm files.</summary>
    public static void Close(string caseName, string what, IReadOnlyList<double> expected, IReadOnlyList<double> got, double tolerance)
    {
        double scale = expected.Where(double.IsFinite).Select(Math.Abs).Append(1).Max();
        Absolute(caseName, what, expected, got, tolerance * scale);
    }

    public static void Close(string caseName, string what, double expected, double got, double tolerance) =>
        Absolute(caseName, what, expected, got, tolerance * (double.IsFinite(expected) ? Math.Max(1, Math.Abs(expected)) : 1));

    /// <summary>Every expected metric by <see cref="Close(string, string, double, double, double)"/>; others may be reported beside them. One that is absent is NaN.</summary>
    public static void Metrics(string caseName, GoldenJson expected, IReadOnlyDictionary<string, double> got, double tolerance)
    {
        foreach (string name in expected.Keys)
        {
            Close(caseName, name, expected.Double(name), got.GetValueOrDefault(name, double.NaN), tolerance);
        }
    }

    public static void Same<T>(string caseName, string what, IReadOnlyList<T> expected, IReadOnlyList<T> got) =>
        Assert.True(expected.SequenceEqual(got), $"{caseName}: {what}, expected [{string.Join(' ', expected)}], got [{string.Join(' ', got)}], tolerance none");

    public static void Same(string caseName, string what, string expected, string got) =>
        Assert.True(string.Equals(expected, got, StringComparison.Ordinal), $"{caseName}: {what}, expected {Quote(expected)}, got {Quote(got)}, tolerance none");

    private static string Show(double value) => value.ToString("G9", CultureInfo.InvariantCulture);

    private static string Quote(string text) => '"' + text.ReplaceLineEndings("\\n") + '"';
}
