namespace AlignService.Specs.Settings;

/// <summary>What happens to prompts longer than the limit. They are never cut.</summary>
public enum OverlongPrompts
{
    /// <summary>The job is refused, with the prompts named.</summary>
    Refuse,

    /// <summary>They are left out, and an event says how many.</summary>
    Drop,
}
