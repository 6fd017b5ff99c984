using AlignService.Store.Resources;
using Google.Protobuf.Collections;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Files of models and datasets from and to the wire.</summary>
internal static class FileMapper
{
    /// <summary>The files that a request declares, checked.</summary>
    public static FileList Read(RepeatedField<Wire.StoredFile> files, string field) => FileList.Read([.. files.Select(file => new StoredFile(file.Path, file.SizeBytes, file.Sha256))], field);

    public static IEnumerable<Wire.StoredFile> Write(IEnumerable<StoredFile> files) => files.Select(file => new Wire.StoredFile { Path = file.Path, SizeBytes = file.Bytes, Sha256 = file.Sha256 });

    public static IEnumerable<Wire.FileProgress> Write(IEnumerable<FileProgress> files) => files.Select(file => new Wire.FileProgress { Path = file.Path, ReceivedBytes = file.Received });
}
