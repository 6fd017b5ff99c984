using System.Security.Cryptography;
using AlignService.HuggingFace.Integrity;
using AlignService.Server.Mapping;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Win32.SafeHandles;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Models;

/// <summary>Sends the files of a model from where the client has them, each with its SHA-256.</summary>
internal sealed class ModelDownload
{
    /// <summary>Below what the runtime keeps apart as large objects.</summary>
    private const int ChunkBytes = 64 << 10;

    private readonly FoundModel _model;
    private readonly Dictionary<string, long> _received = new(StringComparer.Ordinal);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ChunkBytes);

    /// <exception cref="InvalidRequestException">The client cannot have that of these files.</exception>
    public ModelDownload(FoundModel model, IReadOnlyList<Wire.FileProgress> received)
    {
        _model = model;
        ViolationList violations = new();
        for (int i = 0; i < received.Count; i++)
        {
            Wire.FileProgress progress = received[i];
            if (model.Files.FirstOrDefault(file => file.Path == progress.Path) is not { } file)
            {
                violations.Add($"received[{i}].path", $"{model.Name} has no file \"{progress.Path}\"; begin the download anew.");
            }
            else if (progress.ReceivedBytes < 0 || progress.ReceivedBytes > file.Bytes)
            {
                violations.Add($"received[{i}].received_bytes", $"it is {progress.ReceivedBytes}, but {file.Path} has {file.Bytes} bytes; begin its download anew.", ViolationCode.OutOfRange);
            }
            else if (!_received.TryAdd(progress.Path, progress.ReceivedBytes))
            {
                violations.Add($"received[{i}].path", $"\"{progress.Path}\" is given twice; give each file once.");
            }
        }

        violations.ThrowIfAny();
    }

    /// <exception cref="CheckpointException">A file is damaged, or changed or went while it was sent.</exception>
    public async Task SendAsync(IServerStreamWriter<Wire.DownloadModelResponse> stream, CancellationToken cancellationToken)
    {
        // A checkpoint's own checksums say whether it is as it was written; once per download.
        if (_received.Values.All(bytes => bytes == 0) && CheckpointManifest.FindDamage(_model.Directory, ManifestScope.Model, cancellationToken) is { } damage)
        {
            throw new CheckpointException($"{_model.Name} is damaged: {damage}; take another checkpoint.");
        }

        await stream.WriteAsync(new Wire.DownloadModelResponse { Start = new Wire.DownloadStart { Name = _model.Name, Files = { FileMapper.Write(_model.Files) } } }, cancellationToken);
        foreach (StoredFile file in _model.Files)
        {
            try
            {
                await SendAsync(file, stream, cancellationToken);
            }
            catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
            {
                throw new CheckpointException($"{file.Path} of {_model.Name} cannot be read any more; it was deleted, or replaced by a later checkpoint.", gone);
            }
        }
    }

    private async Task SendAsync(StoredFile file, IServerStreamWriter<Wire.DownloadModelResponse> stream, CancellationToken cancellationToken)
    {
        using SafeFileHandle handle = Open(file);
        using IncrementalHash? hash = file.Sha256.Length > 0 ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long at = 0, from = _received.GetValueOrDefault(file.Path);
        while (hash is not null && at < from)
        {
            int read = Read(handle, file, at, from - at);
            hash.AppendData(_buffer, 0, read);
            at += read;
            cancellationToken.ThrowIfCancellationRequested();
        }

        at = from;
        do
        {
            int read = Read(handle, file, at, file.Bytes - at);
            hash?.AppendData(_buffer, 0, read);

            // The message is written before this returns, so the buffer is free again.
            Wire.FileChunk chunk = new() { Path = file.Path, Offset = at, Data = UnsafeByteOperations.UnsafeWrap(_buffer.AsMemory(0, read)) };
            at += read;
            if (at == file.Bytes)
            {
                chunk.Sha256 = hash is null ? file.Sha256 : Convert.ToHexStringLower(hash.GetHashAndReset());
            }

            await stream.WriteAsync(new Wire.DownloadModelResponse { Chunk = chunk }, cancellationToken);
        }
        while (at < file.Bytes);
    }

    private SafeFileHandle Open(StoredFile file)
    {
        using FileIdentity identity = FileIdentity.Of(Path.Combine(_model.Directory, file.Path));
        return identity.IsRegular ? identity.OpenToRead() : throw new CheckpointException($"{file.Path} of {_model.Name} is {identity.Kind}; only regular files are sent.");
    }

    private int Read(SafeFileHandle handle, StoredFile file, long at, long most)
    {
        int read = RandomAccess.Read(handle, _buffer.AsSpan(0, (int)Math.Min(most, ChunkBytes)), at);
        return read > 0 || most == 0 ? read : throw new CheckpointException($"{file.Path} of {_model.Name} became shorter while it was sent; begin the download anew.");
    }
}
