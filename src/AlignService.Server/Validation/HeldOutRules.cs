using AlignService.Specs.Data;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Checks that a share of a source can be held out.</summary>
internal static class HeldOutRules
{
    /// <summary>The two parts; null, with a violation, where one of them is empty or the share is no share.</summary>
    public static (IReadOnlyList<T> Training, IReadOnlyList<T> HeldOut)? Split<T>(Func<(IReadOnlyList<T>, IReadOnlyList<T>)> split, IHeldOutShare share, FieldViolations source)
    {
        const string setting = "held_out_fraction";
        if (share.HeldOutFraction != 0 && source.HasAny(setting))
        {
            return null;
        }

        try
        {
            return split();
        }
        catch (DataException fault)
        {
            source.Add(setting, fault.Message);
            return null;
        }
    }
}
