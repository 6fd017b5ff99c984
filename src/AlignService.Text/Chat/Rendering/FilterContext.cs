namespace AlignService.Text.Chat.Rendering;

/// <summary>What filters and functions may use besides their arguments.</summary>
internal sealed record FilterContext(RenderBudget Budget, TimeProvider Clock);
