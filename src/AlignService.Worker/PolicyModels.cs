using AlignService.HuggingFace.Adapters;
using AlignService.Model.Checkpoints;
using AlignService.Model.Sampling;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Settings;
using AlignService.Text.Tokenization;
using AlignService.Training.Critics;
using AlignService.Training.Policies;
using AlignService.Training.Rollouts;
using AlignService.Training.Trainers;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Worker;

/// <summary>Loads the models of policy optimization.</summary>
/// <param name="job">Names them.</param>
/// <param name="modelDirectory">The policy's start.</param>
/// <param name="environment">Resolves models, and has their device.</param>
internal sealed class PolicyModels(GrpoJob job, string modelDirectory, RunEnvironment environment)
{
    /// <exception cref="AlignException">Something that was named cannot be used.</exception>
    public Transformer LoadPolicy() =>
        PolicyLoader.Load(modelDirectory, job.Config.Adapter, environment.ResolveAdapter, job.Config.Seed, ComputeDtype.Trained(PolicyDtypeOf(job.Config), environment.Device));

    /// <summary>The policy with its sampler and the models it is compared with.</summary>
    /// <param name="policy">Its planned length is set.</param>
    /// <param name="plannedLength">Tokens of the longest sequence of the run.</param>
    /// <param name="tokenizer">The policy's.</param>
    /// <exception cref="AlignException">Something that was named cannot be used.</exception>
    public GrpoModels Complete(Transformer policy, int plannedLength, Tokenizer tokenizer) => new(policy, new SamplerRolloutEngine(new CompletionSampler(policy, tokenizer)))
    {
        Reference = job.Config.NeedsReference ? LoadReference(policy) : null,
        Critic = job.Config.Critic is null ? null : LoadCritic(job.Config.Critic, plannedLength),
    };

    private Critic LoadCritic(CriticConfig critic, int plannedLength) =>
        Critic.Load(critic.Model is { } model ? ReaderOfPolicyIds(model) : modelDirectory, ComputeDtype.Trained(PolicyDtype.F32, environment.Device), plannedLength);

    private IReferenceModel LoadReference(Transformer policy)
    {
        if (job.Config.Adapter is { } adapter && job.ReferenceModel is null)
        {
            return AdapterReference.Of(policy, startsFromBase: adapter.Directory is null, isRefreshed: job.Config.ReferenceSyncSteps is not null);
        }

        string directory = job.ReferenceModel is null ? modelDirectory : ReaderOfPolicyIds(job.ReferenceModel);
        Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, ComputeDtype.Frozen(job.Config.Memory.FrozenDtype, environment.Device));
        model.PlannedLength = policy.PlannedLength;
        return new ReferenceModel(model);
    }

    /// <summary>The directory of a model that reads the policy's token ids.</summary>
    /// <exception cref="CheckpointException">It has another token table.</exception>
    private string ReaderOfPolicyIds(string model)
    {
        string directory = environment.ResolveModel(model);
        SharedTokens.Require(AdaptedModel.At(modelDirectory).BaseDirectory, AdaptedModel.At(directory).BaseDirectory, "the policy");
        return directory;
    }

    /// <exception cref="CheckpointException">A natural gradient updates the parameters directly, and needs their full precision.</exception>
    private static PolicyDtype PolicyDtypeOf(GrpoConfig config) => config is { Loss.Objective: Objective.NaturalGradient, Memory.PolicyDtype: PolicyDtype.BF16 }
        ? throw new CheckpointException("policy_dtype is bf16, but a natural-gradient step updates the parameters directly, and bfloat16 (8 bits of precision) loses small changes; leave it at f32.")
        : config.Memory.PolicyDtype;
}
