using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Runs;
using AlignService.Model.Native;
using AlignService.Specs;
using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Settings;
using AlignService.Specs.Trials;
using AlignService.Specs.Violations;
using AlignService.Text.Tokenization;
using AlignService.Training.Evaluation;
using AlignService.Training.Policies;
using AlignService.Training.Rewards;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Worker.Scoring;

/// <summary>Scores given completions with a job's rewards, in a process of its own: the request comes on standard input, and the answer goes to standard output, each as one message of the wire.</summary>
public static class RewardTrial
{
    /// <param name="input">A TryRequest that was checked, whose models are named by their directories.</param>
    /// <param name="output">Receives a TryResponse.</param>
    /// <param name="access">What the rewards may reach.</param>
    /// <param name="time">Measures the sources.</param>
    /// <exception cref="AlignException">A source cannot be set up.</exception>
    public static void Run(Stream input, Stream output, RunAccess access, TimeProvider time)
    {
        Wire.TryRequest request = Wire.TryRequest.Parser.ParseFrom(input);
        ViolationList violations = new();
        JobSpec? spec = JobSpecWire.Read(request.Spec, null, violations);
        violations.ThrowIfAny();
        Score(TrialRewards.Of(spec!), request, access, time).WriteTo(output); // where it is null there is a violation
    }

    private static Wire.TryResponse Score(TrialRewards rewards, Wire.TryRequest request, RunAccess access, TimeProvider time)
    {
        Tokenizer tokenizer = Tokenizer.Load(AdaptedModel.At(rewards.Model).BaseDirectory);
        using ScoreJournal scores = ScoreJournal.InMemory();
        using RewardSet set = RewardFactory.Create(rewards.Configs, new RewardSetup
        {
            Remote = new RemoteSetup { Journal = scores, Secrets = access.Secrets, Network = access.Network, Time = time },
            MaxCompletionLength = rewards.MaxCompletionLength,
            PolicyTokenizer = tokenizer,
            Models = new LazyModelRewards(tokenizer, rewards.FrozenDtype),
            Time = time,
        });
        AnswerJudgement judgement = new(set.Sources, new EvaluationConfig { PassAt = [] }, rewards.Partial);
        GivenCompletion[] given = [.. request.Completions.Select((one, i) => new GivenCompletion(ReadPrompt(one.Prompt, i), one.Completion, one.Truncated))];
        string[] names = [.. set.Sources.Select(source => source.Name)];
        ScoredBatch[] batches = [.. new CompletionScoring(set, tokenizer, judgement).ScoreBatches(given, CancellationToken.None)];
        return new Wire.TryResponse
        {
            Completions = { batches.SelectMany(batch => batch.Rows.Select((row, i) => Write(row, i, batch.Table, names))) },
            Sources = { names.Select((name, source) => Write(name, source, batches)) },
            Messages = { batches.SelectMany(batch => batch.Table.Messages) },
        };
    }

    private static Prompt ReadPrompt(Wire.Prompt? prompt, int index) => (Prompt)new PromptWire().Read(prompt ?? new Wire.Prompt(), index);

    private static Wire.TriedCompletion Write(ScoredCompletion row, int index, ScoreTable table, IReadOnlyList<string> names)
    {
        Wire.TriedCompletion tried = new()
        {
            Scores = { names.Select((name, source) => Write(name, row.Scores[source], table.Reasons[index][source], table.Segments.Count == 0 ? null : table.Segments[index][source])) },
            TokenCount = row.TokenCount,
        };
        if (!double.IsNaN(row.Reward))
        {
            tried.Reward = row.Reward;
        }

        return tried;
    }

    private static Wire.TriedScore Write(string name, double value, string? reason, IReadOnlyList<SegmentScore>? segments)
    {
        Wire.TriedScore score = new() { Source = name, NoScoreReason = reason ?? "", Segments = { (segments ?? []).Select(segment => segment.Score) } };
        if (!double.IsNaN(value))
        {
            score.Score = value;
        }

        return score;
    }

    private static Wire.TriedSource Write(string name, int source, IReadOnlyList<ScoredBatch> batches)
    {
        CallReport calls = batches.Select(batch => batch.Table.Calls.GetValueOrDefault(name)).OfType<CallReport>().Aggregate(new CallReport(), (all, one) => all + one);
        return new Wire.TriedSource
        {
            Name = name,
            Duration = Duration.FromTimeSpan(batches.Aggregate(TimeSpan.Zero, (all, batch) => all + batch.Table.Latencies[source])),
            Calls = calls.Latencies.Count,
            Retries = calls.Retries,
            Faults = calls.Faults,
            Tokens = calls.Tokens,
        };
    }

    /// <summary>Loads libtorch only where a reward is a model.</summary>
    private sealed class LazyModelRewards(Tokenizer tokenizer, FrozenDtype dtype) : IModelRewards
    {
        public IReward Load(RewardModelConfig config) => Models(config.Model).Load(config);

        public IReward Load(ProcessRewardModelConfig config) => Models(config.Model).Load(config);

        private ModelRewards Models(string directory)
        {
            ModelIntegrity.Check(AdaptedModel.At(directory), CancellationToken.None);
            TorchRuntime.Initialize(new TorchRuntimeOptions());
            return new ModelRewards(static name => name, tokenizer, ComputeDtype.Frozen(dtype, ComputeDevice.Cpu));
        }
    }
}
