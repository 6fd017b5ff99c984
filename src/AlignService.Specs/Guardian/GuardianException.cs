namespace AlignService.Specs.Guardian;

/// <summary>A guardian rule failed the job.</summary>
public sealed class GuardianException(string message, string remedy) : AlignException(message)
{
    public override string Reason => "guardian";

    public override string Remedy => remedy;
}
