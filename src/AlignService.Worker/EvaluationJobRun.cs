using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Model.Checkpoints;
using AlignService.Model.Sampling;
using AlignService.Specs.Answers;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Remote;
using AlignService.Text.Tokenization;
using AlignService.Training.Evaluation;
using AlignService.Training.Policies;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;
using AlignService.Worker.Answers;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Worker;

/// <summary>
/// An evaluation job: a step answers and scores a batch of prompts, and the evaluation after the last step reports the numbers of all of them. A checkpoint holds every
/// answer so far in the trainer's folder, and after the last step the table that the job asks for.
/// </summary>
/// <param name="job">What answers which prompts.</param>
/// <param name="environment">Resolves models, and has their device.</param>
public sealed class EvaluationJobRun(EvaluationJob job, RunEnvironment environment) : ITrainingRun
{
    private const int ShownAnswers = 8;
    private const string JsonTable = "rows.jsonl";
    private const string ParquetTable = "rows.parquet";
    private const string MetricsFile = "metrics.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly List<LogMessage> _pending = [];
    private readonly string[] _sources = [.. job.Rewards.Select(reward => reward.Name)];
    private readonly List<AnswerRow> _rows = [];
    private Transformer? _model;
    private SamplerRolloutEngine? _engine;
    private RewardSet? _rewards;
    private Evaluator? _evaluator;
    private ScoreJournal? _scores;
    private Func<CancellationToken> _pausing = static () => CancellationToken.None;

    public int TotalSteps => _evaluator is null ? 0 : (_evaluator.PromptCount + job.Config.BatchSize - 1) / job.Config.BatchSize;

    public int CompletedSteps { get; private set; }

    /// <summary>A step changes nothing but the rows, at its end.</summary>
    public bool IsBetweenSteps => true;

    /// <summary>The answers so far, prompt after prompt.</summary>
    public IReadOnlyList<AnswerRow> Rows => _rows;

    private Evaluator Evaluator => _evaluator ?? throw new InvalidOperationException("Prepare must be called first.");

    private bool IsDone => CompletedSteps == TotalSteps;

    public void HeedPause(Func<CancellationToken> pausing) => _pausing = pausing;

    public void Prepare(string? checkpointDirectory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // 1. The data, before anything that is large.
        string directory = environment.ResolveModel(job.Model);
        Tokenizer tokenizer = Tokenizer.Load(AdaptedModel.At(directory).BaseDirectory);
        IReadOnlyList<Prompt> prompts = PromptFile.Load(job.Prompts, environment.Files, cancellationToken);
        IReadOnlyList<Prompt> asked = job.Prompts.HeldOutFraction > 0 ? PromptFile.Split(prompts, job.Prompts).HeldOut : prompts;

        // 2. The model, whose context says how long prompts may be.
        _model = HuggingFaceCheckpoint.LoadTransformer(directory, ComputeDtype.Frozen(job.Config.FrozenDtype, environment.Device));
        AnswerSamplingConfig sampling = job.Config.Sampling;
        PromptLimit limit = PromptLimit.Of(sampling.MaxCompletionLength, sampling.MaxPromptLength, _model.Config);
        _model.PlannedLength = limit.PlannedLength;
        List<string> messages = [];
        PromptEncoder encoder = new(new EmbeddingRows(tokenizer, _model.Config.VocabSize), cancellationToken);
        IReadOnlyList<EncodedPrompt> encoded = encoder.Encode(asked, limit.MaxPromptLength, sampling.OverlongPrompts, messages);

        // 3. What samples and scores, and the answers of earlier workers.
        _engine = new SamplerRolloutEngine(new CompletionSampler(_model, tokenizer));
        _rewards = Rewards(tokenizer);
        _evaluator = new Evaluator(_engine, _rewards, encoded, job.Config.AsEvaluation(), EvaluationRun.Of(job.Config));
        _pending.AddRange(environment.ModelWarnings().Select(RunMessages.Warning));
        if (checkpointDirectory is not null)
        {
            Restore(checkpointDirectory, encoded);
        }
        else
        {
            _pending.AddRange([.. RunMessages.HeldOut(prompts.Count - asked.Count, asked.Count, job.Prompts), .. messages.Select(RunMessages.Warning)]);
        }
    }

    /// <summary>The numbers of all answers, once there are all.</summary>
    public RunReport? Evaluate(CancellationToken cancellationToken)
    {
        _ = Evaluator;
        if (!IsDone)
        {
            return null;
        }

        EvaluationSummary summary = Summarize();
        return new RunReport
        {
            Metrics = summary.Metrics,
            Samples = [.. _rows.Zip(summary.Rewards).Take(ShownAnswers).Select(pair => RunSample.Of(pair.First, pair.Second, _sources))],
            Score = summary.Score,
        };
    }

    public RunReport RunStep(CancellationToken cancellationToken)
    {
        int first = CompletedSteps * job.Config.BatchSize;
        Range prompts = first..Math.Min(first + job.Config.BatchSize, Evaluator.PromptCount);
        AnsweredBatch batch = Evaluator.Answer(prompts, CompletedSteps + 1, environment.Time, cancellationToken);
        _rows.AddRange(batch.Rollouts.Select(AnswerRow.Of));
        CompletedSteps++;
        LogMessage[] messages = [.. _pending, .. batch.Messages.Select(RunMessages.Warning)];
        _pending.Clear();
        return new RunReport { Metrics = batch.Metrics, Messages = messages };
    }

    public IReadOnlyList<LogMessage> SaveCheckpoint(string directory)
    {
        AnswerTableRows table = AnswerTableRows.Of(_rows, _sources, Evaluator.Judgement);
        string state = Directory.CreateDirectory(Path.Combine(directory, CheckpointLayout.TrainerFolder)).FullName;
        AnswerJson.Write(Path.Combine(state, JsonTable), table);
        if (!IsDone)
        {
            return [];
        }

        AnswerTable asked = job.Config.Table;
        if (asked is AnswerTable.Jsonl or AnswerTable.Both)
        {
            File.Copy(Path.Combine(state, JsonTable), Path.Combine(directory, JsonTable));
        }

        if (asked is AnswerTable.Parquet or AnswerTable.Both)
        {
            // The training thread has nothing else to do meanwhile.
            AnswerParquet.WriteAsync(Path.Combine(directory, ParquetTable), table, CancellationToken.None).GetAwaiter().GetResult();
        }

        JsonObject metrics = new(Summarize().Metrics.OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => KeyValuePair.Create(metric.Key, (JsonNode?)metric.Value)));
        File.WriteAllText(Path.Combine(directory, MetricsFile), metrics.ToJsonString(Indented) + "\n");
        return [];
    }

    public void Dispose()
    {
        _engine?.Dispose();
        _rewards?.Dispose();
        _model?.Dispose();
        _scores?.Dispose();
    }

    private EvaluationSummary Summarize() => Evaluator.Judgement.Summarize([.. _rows.Select(row => row.Scored)]);

    /// <exception cref="CheckpointException">The checkpoint is of another evaluation.</exception>
    private void Restore(string checkpoint, IReadOnlyList<EncodedPrompt> prompts)
    {
        int samples = job.Config.SamplesPerPrompt;
        string path = Path.Combine(checkpoint, CheckpointLayout.TrainerFolder, JsonTable);
        _rows.AddRange(AnswerJson.Read(path, place => place / samples < prompts.Count ? prompts[place / samples].Prompt : null, _sources));
        int rowsOfStep = job.Config.BatchSize * samples;
        if (_rows.Count != prompts.Count * samples && _rows.Count % rowsOfStep != 0)
        {
            throw new CheckpointException($"{path} has {_rows.Count} answers, which are not those of whole steps of {rowsOfStep}. Resume from an older checkpoint.");
        }

        CompletedSteps = (_rows.Count + rowsOfStep - 1) / rowsOfStep;
    }

    private RewardSet Rewards(Tokenizer tokenizer) => RewardFactory.Create(job.Rewards, new RewardSetup
    {
        Remote = job.Rewards.Any(reward => reward is RemoteRewardConfig) ? RunRewards.Remote(_scores = environment.OpenScores(), environment, () => _pausing()) : new(),
        MaxCompletionLength = job.Config.Sampling.MaxCompletionLength,
        PolicyTokenizer = tokenizer,
        Models = new ModelRewards(environment.ResolveModel, tokenizer, ComputeDtype.Frozen(job.Config.FrozenDtype, environment.Device)),
        Time = environment.Time,
    });
}
