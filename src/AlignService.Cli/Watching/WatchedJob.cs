using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Metrics;
using Google.Protobuf;

namespace AlignService.Cli.Watching;

/// <summary>What a job's events so far say about it.</summary>
internal sealed class WatchedJob(Job job)
{
    private const int NoticeCount = 5;

    private readonly Dictionary<string, MetricSeries> _metrics = [];
    private readonly List<HeldOutScores> _evaluations = [];
    private readonly List<SampleSet> _samples = [];
    private readonly Queue<string> _notices = [];
    private int _changes;

    public string Name => job.Name;

    public string DisplayName => job.Spec.DisplayName;

    public JobState State { get; private set; } = JobState.Queued;

    /// <summary>What it waited for when the watch began; empty once its state has changed.</summary>
    public string Waiting => State == JobState.Queued && _changes == 0 ? job.Waiting?.Text ?? "" : "";

    public int Attempt { get; private set; } = 1;

    /// <summary>The last step whose training metrics have arrived.</summary>
    public int Step { get; private set; }

    /// <summary>0 where it is unknown.</summary>
    public int TotalSteps { get; } = job.Progress is { TotalSteps: > 0 } progress ? progress.TotalSteps : AskedSteps(job.Spec);

    public DateTimeOffset? FirstEventTime { get; private set; }

    public DateTimeOffset? LastEventTime { get; private set; }

    public IReadOnlyDictionary<string, MetricSeries> Metrics => _metrics;

    public IReadOnlyList<HeldOutScores> Evaluations => _evaluations;

    /// <summary>Sample completions, in the order of the job's events.</summary>
    public IReadOnlyList<SampleSet> Samples => _samples;

    /// <summary>The latest messages that need attention.</summary>
    public IReadOnlyCollection<string> Notices => _notices;

    public Checkpoint? LastCheckpoint { get; private set; }

    public bool HasEnded => JobClient.HasEnded(State);

    public void Apply(JobEvent happened)
    {
        var time = happened.Time?.ToDateTimeOffset();
        FirstEventTime ??= time;
        LastEventTime = time ?? LastEventTime;
        if (happened.Text.Length > 0 && happened.KindCase is not (JobEvent.KindOneofCase.Metrics or JobEvent.KindOneofCase.Samples))
        {
            _notices.Enqueue(happened.Text);
            while (_notices.Count > NoticeCount)
            {
                _notices.Dequeue();
            }
        }

        switch (happened.KindCase)
        {
            case JobEvent.KindOneofCase.StateChanged:
                State = happened.StateChanged.To;
                _changes++;
                break;
            case JobEvent.KindOneofCase.Metrics:
                Apply(happened.Step, happened.Metrics);
                break;
            case JobEvent.KindOneofCase.Samples:
                _samples.Add(new SampleSet(happened.Step, happened.Samples.Evaluation, [.. happened.Samples.Completions]));
                break;
            case JobEvent.KindOneofCase.Checkpoint:
                LastCheckpoint = happened.Checkpoint.Checkpoint;
                break;
            case JobEvent.KindOneofCase.Resumed:
                Attempt = happened.Resumed.Attempt;
                break;
        }
    }

    /// <summary>0 where it depends on the number of examples.</summary>
    private static int AskedSteps(JobSpec spec)
    {
        var kind = (IMessage?)JobSpec.Descriptor.FindFieldByNumber((int)spec.KindCase)?.Accessor.GetValue(spec);
        var settings = Value(kind, "training") ?? Value(kind, "algorithm");
        return Value(settings as IMessage, "steps") as int? ?? 0;

        static object? Value(IMessage? message, string field) => message?.Descriptor.FindFieldByName(field)?.Accessor.GetValue(message);
    }

    private void Apply(int step, MetricPoints points)
    {
        if (HeldOutScores.From(step, points.Values) is { } evaluation)
        {
            _evaluations.Add(evaluation);
        }

        if (MetricText.AreOfStep(points.Values))
        {
            Step = step;
        }

        foreach (var (name, value) in points.Values)
        {
            if (!_metrics.TryGetValue(name, out var series))
            {
                _metrics[name] = series = new MetricSeries();
            }

            series.Add(value);
        }
    }
}

/// <summary>One metric over the steps of a job.</summary>
internal sealed class MetricSeries
{
    private readonly List<double> _values = [];

    public double First => _values[0];

    public double Last => _values[^1];

    public IReadOnlyList<double> Values => _values;

    public void Add(double value) => _values.Add(value);
}

/// <summary>Sample completions after a step; those of an evaluation answer the held-out prompts.</summary>
internal sealed record SampleSet(int Step, bool Evaluation, IReadOnlyList<SampleCompletion> Completions);
