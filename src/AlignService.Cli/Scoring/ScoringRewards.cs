using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Integrity;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;
using AlignService.Text.Tokenization;
using AlignService.Training.Rewards;

namespace AlignService.Cli.Scoring;

/// <summary>The rewards that completions are scored with, as a job would, and what a success is.</summary>
/// <param name="Configs">One per source.</param>
/// <param name="Evaluation">Says which answers pass.</param>
/// <param name="Partial">What happens to a completion that not every source scored.</param>
internal sealed record ScoringRewards(IReadOnlyList<RewardConfig> Configs, EvaluationConfig Evaluation, PartialScores Partial)
{
    private const int LongestCompletion = 256;

    /// <summary>The name of the only source where a reward model is given alone.</summary>
    private const string Alone = "reward_model";

    /// <summary>Tokens at which length rewards end.</summary>
    public int MaxCompletionLength { get; init; } = LongestCompletion;

    /// <summary>The model whose tokens are counted, where none is named: the job's, or the reward model itself.</summary>
    public required string TokenizerModel { get; init; }

    /// <summary>Those of a job file; everything else in it is ignored.</summary>
    /// <exception cref="CommandException">The file has no rewards, or they are wrong.</exception>
    public static async Task<ScoringRewards> ReadAsync(string path, CancellationToken cancellationToken)
    {
        JobFile file = await JobFile.ReadAsync(path, [], cancellationToken);
        ViolationList violations = new();
        JobSpec? spec = JobSpecWire.Read(file.Spec, null, violations);
        ScoringRewards? rewards = spec?.Kind switch
        {
            GrpoJob job => new(job.Rewards, Passing(job.Evaluation), job.Config.PartialScores) { MaxCompletionLength = job.Config.Sampling.MaxCompletionLength, TokenizerModel = job.Model },
            EvaluationJob job => new(job.Rewards, Passing(job.Evaluation), job.Config.PartialScores) { MaxCompletionLength = job.Config.Sampling.MaxCompletionLength, TokenizerModel = job.Model },
            null => null,
            var other => throw new CommandException(ExitCode.BadInput, $"{path} is a job of the kind {JobSpecWire.NameOf(other)}, which has no rewards; give one of the kind grpo or evaluation."),
        };
        if (spec is not null && rewards is not null)
        {
            JobSpecWire.CheckSettings(spec, violations);
            RewardConfig.CheckAll(rewards.Configs, violations.At($"{JobSpecWire.Path}.{JobSpecWire.NameOf(spec.Kind)}"), cancellationToken);
        }

        Fault[] faults = [.. violations.Violations.Where(violation => rewards is null || violation.Field.Contains(".rewards", StringComparison.Ordinal)).Select(violation => file.Place(new Fault(violation.Field, violation.Description)))];
        return rewards is null || faults.Length > 0 ? throw new CommandException(ExitCode.BadInput, $"{path} cannot be used to score completions.", faults, path) : rewards;
    }

    /// <summary>One reward model, without a job.</summary>
    public static ScoringRewards Of(string rewardModel) =>
        new([new RewardModelConfig { Name = Alone, Model = rewardModel }], new EvaluationConfig(), PartialScores.Sum) { TokenizerModel = rewardModel };

    /// <param name="tokenizer">The policy's; null where there is none, for rewards that read text alone.</param>
    /// <param name="time">Measures the latency of each source.</param>
    /// <exception cref="AlignException">A source cannot be set up.</exception>
    public RewardSet Load(Tokenizer? tokenizer, TimeProvider time) => RewardFactory.Create(Configs, new RewardSetup
    {
        MaxCompletionLength = MaxCompletionLength,
        PolicyTokenizer = tokenizer,
        Models = new LocalModelRewards(tokenizer),
        Time = time,
    });

    /// <summary>The directory of a model on this machine.</summary>
    /// <exception cref="CommandException">It is a checkpoint's name on a server, or is not there.</exception>
    public static string Resolve(string model)
    {
        if (ModelReference.IsCheckpoint(model))
        {
            throw new CommandException(ExitCode.BadInput, $"{model} is a checkpoint of a server, and scoring runs without one; give its directory (`align show` prints it).");
        }

        string directory = Path.GetFullPath(model);
        return Directory.Exists(directory) ? directory : throw new CommandException(ExitCode.BadInput, $"{directory} is not a directory; give a Hugging Face directory (config.json, *.safetensors, tokenizer.json).");
    }

    /// <summary>Each row is an answer of its own.</summary>
    private static EvaluationConfig Passing(EvaluationConfig evaluation) => new()
    {
        PassAt = evaluation.CountsSuccess ? [1] : [],
        SuccessSource = evaluation.SuccessSource,
        SuccessThreshold = evaluation.SuccessThreshold,
    };

    /// <summary>Loads libtorch only where a reward is a model.</summary>
    private sealed class LocalModelRewards(Tokenizer? tokenizer) : IModelRewards
    {
        public IReward Load(RewardModelConfig config) => Models(config.Model).Load(config);

        public IReward Load(ProcessRewardModelConfig config) => Models(config.Model).Load(config);

        private ModelRewards Models(string model)
        {
            ModelIntegrity.Check(AdaptedModel.At(Resolve(model)), CancellationToken.None);
            TorchRuntime.Initialize(new TorchRuntimeOptions());
            Tokenizer own = tokenizer ?? throw new CommandException(ExitCode.BadInput, $"{model} reads the policy's tokens; name a directory with its tokenizer by --tokenizer.");
            return new ModelRewards(Resolve, own, new LoadOptions { Trainable = false });
        }
    }
}
