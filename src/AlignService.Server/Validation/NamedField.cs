namespace AlignService.Server.Validation;

/// <summary>A field of a data file that a job may name and that rows may lack.</summary>
/// <param name="Setting">The job's field that names it.</param>
/// <param name="Name">Its name in the file.</param>
/// <param name="IsNamed">The job names it, and not as by default.</param>
/// <param name="Has">Whether a row has anything in it.</param>
internal sealed record NamedField<T>(string Setting, string Name, bool IsNamed, Func<T, bool> Has);
