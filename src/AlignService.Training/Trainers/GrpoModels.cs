using AlignService.Model.Architecture;
using AlignService.Training.Critics;
using AlignService.Training.Policies;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Trainers;

/// <summary>The models of policy optimization. Owns them.</summary>
/// <param name="Policy">Trainable, or frozen under a trainable adapter, which is also owned.</param>
/// <param name="Engine">Samples from the policy.</param>
public sealed record GrpoModels(Transformer Policy, IRolloutEngine Engine) : IDisposable
{
    /// <summary>Null where the KL term is off and not reported.</summary>
    public IReferenceModel? Reference { get; init; }

    /// <summary>Null unless the advantage needs one.</summary>
    public Critic? Critic { get; init; }

    public void Dispose()
    {
        Engine.Dispose();
        Reference?.Dispose();
        Critic?.Dispose();
        Policy.Adapter?.Dispose();
        Policy.Dispose();
    }
}
