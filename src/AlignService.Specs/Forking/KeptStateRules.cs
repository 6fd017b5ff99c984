using AlignService.Specs.Binding;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Violations;
using Google.Protobuf;

namespace AlignService.Specs.Forking;

/// <summary>What a fork that keeps the trainer's state may not change: the state's tensors belong to one model, one optimizer and, where log-probs are stored with it, to the rows they were computed on.</summary>
public static class KeptStateRules
{
    private const string Remedy = "fork with fresh state, which takes the weights only, or leave it as it is.";

    private static readonly string[] OfEveryKind = ["model", "adapter", "memory.policy_dtype"];

    /// <summary>The reference's log-probs are part of the state, one per pair.</summary>
    private static readonly string[] OfPreferences = ["reference_model", "preferences", "evaluation_preferences", "training.max_length", "training.overlong_examples"];

    /// <param name="source">The forked job's.</param>
    /// <param name="fork">The new job's.</param>
    /// <param name="completedSteps">Of the checkpoint.</param>
    /// <param name="violations">Collects what may not change.</param>
    public static void Check(JobSpec source, JobSpec fork, int completedSteps, ViolationList violations)
    {
        string path = $"{JobSpecWire.Path}.{JobSpecWire.NameOf(fork.Kind)}";
        IMessage before = SpecChanges.KindOf(JobSpecWire.Brief(source).Message), after = SpecChanges.KindOf(JobSpecWire.Brief(fork).Message);
        foreach (string field in fork.Kind is PreferenceJob ? [.. OfEveryKind, .. OfPreferences] : OfEveryKind)
        {
            if (!Equals(ValueAt(before, field), ValueAt(after, field)))
            {
                violations.Add($"{path}.{field}", $"it differs from the forked job's, to which the kept state belongs; {Remedy}", ViolationCode.Conflict);
            }
        }

        if (source.Kind is GrpoJob old && fork.Kind is GrpoJob changed)
        {
            CheckOptimizers(old.Config, changed.Config, violations.At(path));
        }

        CheckSteps(fork.Kind, completedSteps, violations.At(path));
    }

    private static void CheckOptimizers(GrpoConfig source, GrpoConfig fork, FieldViolations at)
    {
        Require("algorithm.objective", (source.Loss.Objective == Objective.NaturalGradient) == (fork.Loss.Objective == Objective.NaturalGradient), "another optimizer, which has none of the kept state");
        Require("critic", source.Critic is null == fork.Critic is null, "with or without a critic, the kept state is another");
        Require("critic.model", source.Critic?.Model == fork.Critic?.Model, "another critic, whose weights are part of the kept state");
        Require("critic.learning_rate", source.Critic?.LearningRate is null == fork.Critic?.LearningRate is null, "with or without an optimizer of its own, the critic's kept state is another");
        Require("algorithm.reference_sync_steps", source.ReferenceSyncSteps is null == fork.ReferenceSyncSteps is null, "a reference that is refreshed is part of the kept state, and one that is not is not");

        void Require(string field, bool holds, string why)
        {
            if (!holds)
            {
                at.Add(field, $"it means {why}; {Remedy}", ViolationCode.Conflict);
            }
        }
    }

    private static void CheckSteps(JobKind kind, int completedSteps, FieldViolations at)
    {
        (string field, int? steps) = kind switch
        {
            GrpoJob grpo => ("algorithm.steps", grpo.Config.StepCount),
            IExampleJob examples => ("training.steps", examples.Config.StepCount),
            _ => ("", null),
        };
        if (steps <= completedSteps)
        {
            at.Add(field, $"it is {steps}, but the checkpoint has {completedSteps} completed steps already; set more.", ViolationCode.OutOfRange);
        }
    }

    private static object? ValueAt(IMessage message, string path)
    {
        object? value = message;
        foreach (string name in path.Split('.'))
        {
            value = value is IMessage inner && inner.Descriptor.FindFieldByName(name) is { } field && ValueConversion.IsGiven(field, inner) ? field.Accessor.GetValue(inner) : null;
        }

        return value;
    }
}
