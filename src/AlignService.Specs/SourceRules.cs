using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Preferences;
using AlignService.Specs.Violations;

namespace AlignService.Specs;

/// <summary>Checks of sources of data that need no file: templates, and what is held out.</summary>
internal static class SourceRules
{
    public static void Check(JobKind kind, FieldViolations job)
    {
        switch (kind)
        {
            case GrpoJob grpo:
                CheckTemplate("prompt_template", grpo.Prompts.PromptTemplate, job.At("prompts"));
                CheckTemplate("prompt_template", grpo.EvaluationPrompts?.PromptTemplate, job.At("evaluation_prompts"));
                CheckHeldOut((grpo.Prompts, "prompts"), (grpo.EvaluationPrompts, "evaluation_prompts"), job);
                break;
            case EvaluationJob evaluation:
                CheckTemplate("prompt_template", evaluation.Prompts.PromptTemplate, job.At("prompts"));
                CheckHeldOut((evaluation.Prompts, "prompts"), (null, ""), job);
                break;
            case SupervisedJob supervised:
                CheckTemplates(supervised.Examples, job.At("examples"));
                CheckTemplates(supervised.EvaluationExamples, job.At("evaluation_examples"));
                CheckHeldOut((supervised.Examples, "examples"), (supervised.EvaluationExamples, "evaluation_examples"), job);
                break;
            case PreferenceJob preference:
                CheckPreferences(preference.Preferences, preference.EvaluationPreferences, job);
                break;
            case RewardModelJob rewardModel:
                CheckPreferences(rewardModel.Preferences, rewardModel.EvaluationPreferences, job);
                break;
        }
    }

    private static void CheckPreferences(PreferenceSourceConfig training, PreferenceSourceConfig? heldOut, FieldViolations job)
    {
        CheckTemplate("prompt_template", training.PromptTemplate, job.At("preferences"));
        CheckTemplate("prompt_template", heldOut?.PromptTemplate, job.At("evaluation_preferences"));
        CheckHeldOut((training, "preferences"), (heldOut, "evaluation_preferences"), job);
    }

    private static void CheckTemplates(ExampleSourceConfig? source, FieldViolations at)
    {
        CheckTemplate("prompt_template", source?.PromptTemplate, at);
        CheckTemplate("completion_template", source?.CompletionTemplate, at);
    }

    /// <summary>A template that cannot be parsed is a violation.</summary>
    internal static void CheckTemplate(string setting, string? template, FieldViolations at)
    {
        if (template is not null && FieldTemplate.FindFault(template) is { } fault)
        {
            at.Add(setting, $"{fault}.");
        }
    }

    private static void CheckHeldOut((IHeldOutShare Source, string Name) training, (IHeldOutShare? Source, string Name) heldOut, FieldViolations job)
    {
        if (training.Source.HeldOutFraction > 0 && heldOut.Source is not null)
        {
            job.Add($"{training.Name}.held_out_fraction", $"{heldOut.Name} is set too, and both are the held-out data; set one of them.", ViolationCode.Conflict);
        }

        if (heldOut.Source is { HeldOutFraction: > 0 })
        {
            job.Add($"{heldOut.Name}.held_out_fraction", $"these are the held-out rows; to hold a share of the training data out, set it in {training.Name} and leave {heldOut.Name} out.", ViolationCode.Conflict);
        }

        if (training.Source is { HeldOutFraction: 0, HeldOutSeed: not 0 })
        {
            job.Warn($"{training.Name}.held_out_seed", "it has no effect: held_out_fraction is 0.", ViolationCode.NoEffect);
        }
    }
}
