using System.Globalization;
using System.Text.Json;

namespace AlignService.Benchmarks.Learning;

/// <summary>Curves on disk: as JSON, to be read again, and as CSV, to be looked at.</summary>
internal sealed class LearningFiles(string folder)
{
    /// <summary>Metrics of the CSV files, where a run has them.</summary>
    private static readonly string[] Columns =
    [
        "reward/mean", "policy/loss", "preference/accuracy", "policy/kl", "policy/kl_per_completion", "policy/kl_coefficient", "policy/entropy",
        "policy/clip_low_fraction", "policy/clip_high_fraction", "policy/grad_norm", "critic/explained_variance_monte_carlo", "policy/trust_region_accepted",
        "policy/trust_region_kl", "completions/mean_length", "tokens/generated", "tokens/trained", "time/step",
    ];

    public void Write(LearningCurve curve)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(PathOf(curve.Variant, curve.Seed, "json"), JsonSerializer.Serialize(curve));
        string[] columns = [.. Columns.Where(column => curve.Points.Any(point => point.Metrics.ContainsKey(column)))];
        IEnumerable<string> lines = curve.Points.Select(point => Line(
            [point.Step, point.Success?.Mean, point.Success?.StandardError, .. columns.Select(column => point.Metrics.TryGetValue(column, out double value) ? value : (double?)null)]));
        File.WriteAllLines(PathOf(curve.Variant, curve.Seed, "csv"), [string.Join(',', ["step", "success", "success_standard_error", .. columns]), .. lines]);
    }

    /// <summary>The curves of these variants that were written here, in the order of the variants.</summary>
    public IReadOnlyList<LearningCurve> Read(IEnumerable<LearningVariant> variants) =>
        [.. variants.SelectMany(variant => Directory.GetFiles(folder, $"{variant.Name}-seed*.json").Order(StringComparer.Ordinal).Select(Read))];

    private static LearningCurve Read(string file) => JsonSerializer.Deserialize<LearningCurve>(File.ReadAllText(file))!;

    private string PathOf(string variant, ulong seed, string extension) => Path.Combine(folder, $"{variant}-seed{seed}.{extension}");

    private static string Line(IEnumerable<double?> values) => string.Join(',', values.Select(value => value?.ToString("G6", CultureInfo.InvariantCulture)));
}
