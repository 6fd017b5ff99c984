using AlignService.Specs.Answers;
using AlignService.Specs.Binding;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Answers to prompts, scored by rewards, without training; without rewards, batch generation.</summary>
public sealed record EvaluationJob : JobKind
{
    /// <summary>A lost worker costs one step at most, and each checkpoint holds all answers so far, so one is enough.</summary>
    private static readonly CheckpointPolicy EveryStep = new() { EverySteps = 1, Keep = 0, SaveBest = false };

    public EvaluationJob() => Checkpoint = EveryStep;

    /// <summary>What answers: a Hugging Face directory, a PEFT adapter, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    [Setting(IsPath = true, Aliases = "model_name_or_path pretrain model_path policy")]
    public required string Model { get; init; }

    /// <summary>With a share that is held out, only that is answered.</summary>
    [Settings("prompts", Aliases = "data dataset eval_dataset evaluation_prompts")]
    public required PromptSourceConfig Prompts { get; init; }

    /// <summary>Empty: the answers are only written down.</summary>
    [Setting(Aliases = "reward_funcs reward_functions reward")]
    public IReadOnlyList<RewardConfig> Rewards { get; init; } = [];

    [Settings(".")]
    public AnswerConfig Config { get; init; } = new();

    public override JobKind WithModels(Func<string, string> rename) => this with { Model = rename(Model), Rewards = [.. Rewards.Select(reward => reward.WithModel(rename))] };

    internal override JobKind Settle(Func<string, bool> isGiven)
    {
        int k = Config.SamplesPerPrompt;
        AnswerConfig config = Config with
        {
            PassAt = isGiven("pass_at") || Rewards.Count == 0 ? Config.PassAt : k == 1 ? [1] : [1, k],
            Sampling = isGiven("sampling/temperature") ? Config.Sampling : Config.Sampling with { Temperature = k > 1 ? 1 : 0 },
        };
        return this with { Config = config, Evaluation = config.AsEvaluation() };
    }

    internal override JobKind WithSeed(ulong seed) => this with { Config = Config with { Seed = seed } };

    internal override JobKind Usual() => new EvaluationJob { Model = "", Prompts = new(), Rewards = Rewards, Config = new() { SamplesPerPrompt = Config.SamplesPerPrompt } }.Settle(_ => false);
}
