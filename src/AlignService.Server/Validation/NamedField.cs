namespace AlignService.Server.Validation;

/// <summary>A field of a data file that a job may name and that rows may lack.</summary>
/// <param name="Setting">The job's field that names it.</param>
/// <param name="Name">Its name in the file.</param>
/// <param name="IsNamed">Whether the job sets it to something other than its default.</param>
/// <param name="Has">Whether a row has anything in it.</param>
internal sealed record NamedField<T>(string Setting, string Name, bool IsNamed, Func<T, bool> Has);
