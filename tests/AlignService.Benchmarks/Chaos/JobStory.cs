using System.Globalization;
using System.Security.Cryptography;
using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;

namespace AlignService.Benchmarks.Chaos;

/// <summary>What must be the same however a job was disturbed: the numbers of every step, its samples and checkpoints, and the weights.</summary>
/// <param name="Lines">One per event, in order; what belongs to attempts is left out.</param>
/// <param name="Weights">SHA-256 of the last checkpoint's weights.</param>
internal sealed record JobStory(IReadOnlyList<string> Lines, string Weights)
{
    public static JobStory Of(IEnumerable<JobEvent> events, Job job) => new(
        [.. events.Where(item => !IsUnplanned(item, job)).Select(Line).Where(line => line.Length > 0)],
        job.Checkpoints.Count == 0 ? "none" : Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(job.Checkpoints[^1].Directory, "model.safetensors")))));

    /// <summary>Empty where another one has the same.</summary>
    public string FirstDifference(JobStory other)
    {
        for (int i = 0; i < Math.Max(Lines.Count, other.Lines.Count); i++)
        {
            string ours = i < Lines.Count ? Lines[i] : "nothing", theirs = i < other.Lines.Count ? other.Lines[i] : "nothing";
            if (ours != theirs)
            {
                return $"event {i}: {ours} | {theirs}";
            }
        }

        return Weights == other.Weights ? "" : $"weights {Weights} | {other.Weights}";
    }

    /// <summary>A worker whose server is gone stops where it is, and saves there as well.</summary>
    private static bool IsUnplanned(JobEvent item, Job job) =>
        item.KindCase == JobEvent.KindOneofCase.Checkpoint && item.Step % job.Spec.Grpo.Checkpoint.EverySteps != 0 && item.Step != job.Spec.Grpo.Algorithm.Steps;

    private static string Line(JobEvent item) => item.KindCase switch
    {
        JobEvent.KindOneofCase.Metrics => string.Create(CultureInfo.InvariantCulture, $"{item.Step} metrics {string.Join(' ', item.Metrics.Values.Where(pair => Repeats(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value:R}")))}"),
        JobEvent.KindOneofCase.Samples => string.Create(CultureInfo.InvariantCulture, $"{item.Step} samples {item.Samples}"),
        JobEvent.KindOneofCase.Checkpoint => string.Create(CultureInfo.InvariantCulture, $"{item.Step} checkpoint {item.Checkpoint.Checkpoint.Score:R}"),
        JobEvent.KindOneofCase.Divergence => $"{item.Step} divergence {item.Divergence}",
        _ => "",
    };

    /// <summary>Times and memory are the machine's.</summary>
    private static bool Repeats(string metric) => MetricCatalog.Find(metric)?.Repeats ?? true;
}
