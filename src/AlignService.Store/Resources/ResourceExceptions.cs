using System.Globalization;
using AlignService.Specs.Resources;

namespace AlignService.Store.Resources;

/// <summary>An upload was not begun, has been published, or was swept because nobody continued it.</summary>
public sealed class UploadNotFoundException(string name) : AlignException($"there is no upload {name}: it was not begun, has ended, or was removed because nobody continued it; begin it again.")
{
    public string Name => name;
}

/// <summary>The name is taken by something with other content.</summary>
public sealed class ResourceExistsException(StoredName name) : AlignException(
    $"{name} exists with other content, and is never replaced; choose another name, or delete it first.")
{
    public StoredName Name => name;
}

/// <summary>The space that the operator gave to a collection is used up.</summary>
public sealed class ResourceQuotaException : AlignException
{
    public ResourceQuotaException(string collection, string message)
        : base(message) => Collection = collection;

    public string Collection { get; }

    internal static ResourceQuotaException OfBytes(string collection, long quota, long used, long wanted) => new(
        collection,
        string.Create(CultureInfo.InvariantCulture, $"the upload has {wanted} bytes, and {collection} use {used} of {quota} already, begun uploads included; delete some, wait until begun uploads have ended, or ask the operator for more (--max-{collection}-gib)."));

    internal static ResourceQuotaException OfDisk(string collection, long free, long wanted) => new(
        collection,
        string.Create(CultureInfo.InvariantCulture, $"the upload needs {wanted} more bytes, and the server's disk has {free} left; delete something, or ask the operator for a larger disk."));
}

/// <summary>A call that wrote to an upload was ended; what it had written is kept.</summary>
public sealed class UploadTakenOverException(string message) : AlignException(message)
{
    public static UploadTakenOverException ByNewerCall() => new("another call continues this upload, and only one can write to it; if that is not yours, give the two uploads different names.");

    public static UploadTakenOverException BySilence(TimeSpan silence) =>
        new(string.Create(CultureInfo.InvariantCulture, $"nothing came for {silence.TotalSeconds} s; what came before is kept, begin the upload again to continue."));
}

/// <summary>The stream of an upload ended before everything was there.</summary>
public sealed class UploadIncompleteException(string message) : AlignException(message);
