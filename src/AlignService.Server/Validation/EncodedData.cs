using AlignService.Specs.Examples;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>How rows of training data become sequences: encodes each and checks its length; none is ever truncated.</summary>
/// <param name="Encode">Returns the tokens of a row's longest sequence.</param>
/// <param name="Limit">The length limit.</param>
internal sealed record EncodedData<T>(Func<T, int> Encode, LengthLimit Limit)
{
    /// <summary>Returns how many rows training will use; null, with a violation, where they cannot be used.</summary>
    public int? Check(IReadOnlyList<T> rows, ViolationList violations, string path, CancellationToken cancellationToken)
    {
        int[] lengths = new int[rows.Count];
        for (int row = 0; row < lengths.Length; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                lengths[row] = Encode(rows[row]);
            }
            catch (AlignException exception)
            {
                // What one row's template or text breaks, the others' will break too.
                violations.Add(path, exception.Message);
                return null;
            }
        }

        LengthCheck check = LengthCheck.Of(lengths, Limit);
        if (check.Fault is { } fault)
        {
            violations.Add(path, fault);
            return null;
        }

        if (check.Warning is { } warning)
        {
            violations.Warn(path, warning);
        }

        return check.Fitting.Count;
    }
}
