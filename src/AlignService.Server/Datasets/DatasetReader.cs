using AlignService.Server.Models;
using AlignService.Server.Uploads;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Datasets;

/// <summary>Reads datasets as jobs would, for requests that ask what a job would find.</summary>
internal sealed class DatasetReader(CallerResources resources, NamedModels models, FilePolicy policy)
{
    private const int MostNamedRows = 10;

    /// <summary>Null where no model is named.</summary>
    /// <exception cref="AlignException">There is no such model, or it cannot be used.</exception>
    public async Task<RowEncoder?> EncoderAsync(string model, int? maxLength, CancellationToken cancellationToken) => model.Length == 0
        ? null
        : RowEncoder.Of((await models.FindAsync(model, "model", cancellationToken)).Directory, maxLength, cancellationToken);

    /// <param name="name">Of the dataset.</param>
    /// <param name="reading">How its rows are read.</param>
    /// <param name="most">Read only the first; 0 is all.</param>
    /// <param name="field">Where the dataset is named.</param>
    /// <param name="cancellationToken">Checked with every row.</param>
    /// <exception cref="InvalidRequestException">Rows cannot be read so; the first of them are told.</exception>
    public DatasetRows Load(StoredName name, Wire.DatasetReading? reading, int most, string field, CancellationToken cancellationToken)
    {
        resources.Datasets.Get(name);
        try
        {
            return DatasetRows.Load(name, reading, policy, most, cancellationToken);
        }
        catch (DataException fault) when (fault.Faults.Count > 0)
        {
            ViolationList violations = new();
            foreach (string row in fault.Faults)
            {
                violations.Add(field, row);
            }

            throw new InvalidRequestException(violations.Violations);
        }
        catch (DataException fault)
        {
            throw new InvalidRequestException(field, fault.Message);
        }
    }

    /// <summary>Everything that is wrong or unusual.</summary>
    public Wire.ValidateDatasetResponse Validate(StoredName name, Wire.DatasetReading? reading, RowEncoder? encoder, CancellationToken cancellationToken)
    {
        resources.Datasets.Get(name);
        try
        {
            DatasetRows rows = DatasetRows.Load(name, reading, policy, most: 0, cancellationToken);
            _ = rows.Split();
            RowFaultList faults = new();
            List<string> overlong = [];
            for (int i = 0; i < rows.Rows.Count && encoder is not null; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Encode(rows.Rows[i], i, encoder, faults, overlong);
            }

            string[] warnings = overlong.Count == 0 ? [] :
                [$"{overlong.Count} of {rows.Rows.Count} rows are longer than {encoder!.MaxLength} tokens: {string.Join(", ", overlong.Take(MostNamedRows))}{(overlong.Count > MostNamedRows ? ", ..." : "")}. None is ever truncated: a job refuses or drops them."]; // there is one where anything was encoded
            return new Wire.ValidateDatasetResponse { RowCount = faults.Count == 0 ? rows.Rows.Count : 0, Faults = { faults.Lines(withFile: false) }, Warnings = { rows.Warnings.Concat(warnings) } };
        }
        catch (DataException fault)
        {
            return new Wire.ValidateDatasetResponse { Faults = { fault.Faults.Count > 0 ? fault.Faults : [fault.Message] } };
        }
    }

    /// <param name="name">Of the dataset.</param>
    /// <param name="heldOut">Another with held-out data; null: the reading says what is held out.</param>
    /// <param name="reading">How the rows of both are read.</param>
    /// <param name="encoder">Counts tokens; null where none are counted.</param>
    /// <param name="cancellationToken">Checked with every row.</param>
    /// <exception cref="InvalidRequestException">Rows cannot be read or encoded.</exception>
    public Wire.GetDatasetStatisticsResponse Count(StoredName name, StoredName? heldOut, Wire.DatasetReading? reading, RowEncoder? encoder, CancellationToken cancellationToken)
    {
        DatasetRows rows = Load(name, reading, most: 0, "name", cancellationToken);
        try
        {
            (IReadOnlyList<DatasetRow> training, IReadOnlyList<DatasetRow> held) = heldOut is { } other ? (rows.Rows, Load(other, reading, most: 0, "held_out", cancellationToken).Rows) : rows.Split();
            return DatasetStatistics.Of(training, held, encoder, cancellationToken);
        }
        catch (AlignException fault) when (fault is not InvalidRequestException)
        {
            throw new InvalidRequestException("reading", fault.Message);
        }
    }

    /// <summary>A directory as a job may name it.</summary>
    private static void Encode(DatasetRow row, int index, RowEncoder encoder, RowFaultList faults, List<string> overlong)
    {
        try
        {
            int length = row.Encode(encoder).Max(text => text.Tokens.Length);
            if (length > encoder.MaxLength)
            {
                overlong.Add($"row {index} has {length}");
            }
        }
        catch (AlignException fault)
        {
            faults.Add("", "row", index, fault.Message);
        }
    }
}
