using AlignService.Jobs.Ports;
using AlignService.Server.Uploads;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;

namespace AlignService.Server.Datasets;

/// <summary>Decides which uploads become datasets and which datasets may go.</summary>
internal sealed class DatasetUploads(CallerResources resources, IJobSources jobs, FilePolicy policy)
{
    /// <summary>Checks what can be told before anything is sent.</summary>
    /// <exception cref="InvalidRequestException">No reader of data would take these files for one source.</exception>
    public void Check(FileList files)
    {
        ViolationList violations = new();
        for (int i = 0; i < files.Files.Count; i++)
        {
            string path = files.Files[i].Path;
            if (!DataExtension.IsKnown(path))
            {
                violations.Add("files", $"\"{path}\" has none of the extensions {DataExtension.Known}, with .gz or .zst behind it or not; name it by its format.");
            }
            else if (path.Contains('/') || path[0] == '_')
            {
                violations.Add("files", $"\"{path}\" is in a folder or begins with '_', where files of data are not looked for; rename it.");
            }
        }

        string[] formats = [.. files.Files.Select(file => DataExtension.Of(file.Path)).Distinct()];
        if (formats.Length > 1 && violations.Violations.Count == 0)
        {
            violations.Add("files", $"they have several formats ({string.Join(", ", formats)}); a dataset has one. Upload each as a dataset of its own.");
        }

        if (files.Bytes > policy.MaxBytes)
        {
            violations.Add("files", $"they have {files.Bytes} bytes; one source of data has at most {policy.MaxBytes} (the server's --max-data-mib). Upload a part, or ask the operator for more.", ViolationCode.OutOfRange);
        }

        violations.ThrowIfAny();
    }

    /// <summary>Parses every row of a complete upload and makes it a dataset. One with faulty rows is dropped.</summary>
    /// <returns>The dataset; null, with what is wrong, where rows are faulty.</returns>
    /// <exception cref="InvalidRequestException">A file as a whole cannot be read.</exception>
    public (StoredResource? Dataset, IReadOnlyList<string> Faults) Publish(UploadWriter upload, CancellationToken cancellationToken)
    {
        upload.RequireComplete();
        try
        {
            FileList files = upload.Upload.Files;
            DataScan scan = DataFile.Scan(upload.Upload.Directory, [.. files.Files.Select(file => file.Path)], policy, cancellationToken);
            if (scan.Faults.Count > 0)
            {
                resources.Datasets.Discard(upload);
                return (null, scan.Faults);
            }

            return scan.Rows > 0
                ? (resources.Datasets.Publish(upload, new ResourceFacts(DataExtension.Of(files.Files[0].Path), scan.Rows)), [])
                : throw new DataException("there are no rows; upload at least one.");
        }
        catch (DataException fault)
        {
            resources.Datasets.Discard(upload);
            throw new InvalidRequestException("files", fault.Message);
        }
    }

    /// <exception cref="ResourceNotFoundException">There is no such dataset.</exception>
    /// <exception cref="ResourceInUseException">A job needs it.</exception>
    public async Task RemoveAsync(StoredName name, CancellationToken cancellationToken)
    {
        StoredResource dataset = resources.Datasets.Get(name);
        if (dataset.Facts is null)
        {
            throw new ResourceInUseException(name, name.ResourceName, $"{name} was put there by an operator, not uploaded; it can be removed only on the server.");
        }

        await jobs.RemoveUnusedAsync(resources.Datasets.Root.Project, name, dataset.Directory, () => resources.Datasets.Remove(name), cancellationToken);
    }
}
