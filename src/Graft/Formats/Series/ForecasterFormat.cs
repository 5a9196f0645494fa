using System.Collections.Immutable;
using System.Text.Json;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Tasks;

namespace Graft.Formats.Series;

/// <summary>Forecasters in a file: what is around their network.</summary>
internal static class ForecasterFormat
{
    private const int MostColumns = 1 << 20, MostSteps = 1 << 20, LongestSeason = 1 << 20;

    /// <summary>Writes what is around the network as an open JSON object's members.</summary>
    public static void Write(Forecaster forecaster, Utf8JsonWriter writer, ArrayWriter arrays)
    {
        ForecastDesign design = forecaster.Model.Design;
        writer.WriteArray("names", forecaster.Names, writer.WriteStringValue);
        writer.WriteArray("predicted", design.Roles.Predicted, writer.WriteNumberValue);
        writer.WriteNumber("targets", design.Roles.Targets);
        writer.WriteArray("known", design.Roles.Known, writer.WriteNumberValue);
        writer.WriteArray("logarithms", design.Preparation.Logarithms, writer.WriteBooleanValue);
        writer.WriteChoice("differencing", design.Preparation.Differencing);
        writer.WriteNumber("season", design.Preparation.Season);
        writer.WriteBoolean("is_direct", design.IsDirect);
        writer.WriteNumber("horizon", design.Steps);
        Write(design.Repetitions, writer);
        writer.WriteNumber("coverage", forecaster.Coverage);
        writer.WriteNumber("rows", forecaster.State.Rows);
        writer.WriteBoolean("has_state", forecaster.State.Network is not null);
        if (forecaster.TimeStep is not null) writer.WriteString("time_step", forecaster.TimeStep);
        if (forecaster.LastTime is not null) writer.WriteString("last_time", forecaster.LastTime);
        Write(forecaster.Outliers, writer);
        Write(forecaster.Validation, writer);
        arrays.Add("bounds", forecaster.Model.Bounds);
        arrays.Add("levels", forecaster.Model.Levels);
        arrays.Add("widths", forecaster.Widths);
        arrays.Add("history", forecaster.State.History);
        arrays.Add("pending", forecaster.State.Pending);
        if (forecaster.State.Network is { } state) NetworkFormat.Write(state, arrays);
    }

    /// <summary>Reads what is around a network.</summary>
    public static Forecaster Read(JsonPart part, EchoStateNetwork network, ArrayReader arrays)
    {
        ImmutableArray<string> names = [.. part["names"].Items(MostColumns).Select(name => name.String())];
        ImmutableArray<int> predicted = Columns("predicted"), known = Columns("known");
        if (predicted.IsEmpty || !predicted.Concat(known).Order().SequenceEqual(Enumerable.Range(0, names.Length)))
            throw part["predicted"].Error($"and {part["known"].Path} must hold each of {names.Length} columns once.");
        SeriesRoles roles = new(names.Length, predicted, part["targets"].Int(1, predicted.Length), known);
        SeriesPreparation preparation = new(
            [.. part["logarithms"].Items(MostColumns).Select(logarithm => logarithm.Bool())], part["differencing"].Choice<Differencing>(), part["season"].Int(1, LongestSeason));
        if (preparation.Logarithms.Length != predicted.Length)
            throw part["logarithms"].Error($"must hold {predicted.Length} values, one for each predicted column, not {preparation.Logarithms.Length}.");
        int steps = part["horizon"].Int(1, MostSteps), order = preparation.Differences.Order;
        bool isDirect = part["is_direct"].Bool();
        long outputs = isDirect ? (long)steps * roles.Targets : predicted.Length;
        if (network.Outputs != outputs || network.Inputs != predicted.Length + known.Length + preparation.Waves)
        {
            throw part.Error(
                $"needs a network from {predicted.Length + known.Length + preparation.Waves} inputs to {outputs} outputs, but the file's is from {network.Inputs} to {network.Outputs}.");
        }

        ForecastDesign design = new(roles, preparation, isDirect, steps, [.. part["repetitions"].Items(MostColumns).Select(ReadRepetition)]);
        if (design.Repetitions.Length != roles.Targets)
            throw part["repetitions"].Error($"must hold {roles.Targets} values, one for each target, not {design.Repetitions.Length}.");
        Matrix history = arrays.Matrix("history", columns: predicted.Length), pending = arrays.Matrix("pending", columns: predicted.Length);
        if (history.Rows > Math.Max(design.Memory, 1) || pending.Rows > 1 || (pending.Rows == 1 && history.Rows < order))
            throw part.Error($"goes back {design.Memory} rows, which {history.Rows} rows of history and {pending.Rows} of pending values do not fit.");
        return new Forecaster(new ForecastModel(design, network, Ranges("bounds"), Ranges("levels")))
        {
            Names = names,
            State = new ForecasterState(
                part["has_state"].Bool() ? NetworkFormat.ReadState(network.Trunk, network.Outputs, arrays) : null, history, pending, part["rows"].Long(0, long.MaxValue / 2)),
            Widths = arrays.Matrix("widths", steps, roles.Targets),
            Coverage = part["coverage"].Number(),
            Outliers = [.. part["outliers"].Items(MostColumns).Select(one => new Outlier(one["row"].Int(0, int.MaxValue), one["column"].Int(0, names.Length - 1), one["value"].Number()))],
            TimeStep = part.FindValue("time_step")?.String(),
            LastTime = part.FindValue("last_time")?.String(),
            Validation = ReadValidation(part["validation"]),
        };

        // Lower ends above upper ones would clamp nothing.
        Matrix Ranges(string name)
        {
            Matrix ranges = arrays.Matrix(name, 2, predicted.Length);
            for (int i = 0; i < predicted.Length; i++)
            {
                if (!(ranges[0, i] <= ranges[1, i]))
                    throw part.Error($"has \"{name}\" from {ranges[0, i]} to {ranges[1, i]}: the lower end comes first.");
            }

            return ranges;
        }

        ImmutableArray<int> Columns(string name) => [.. part[name].Items(MostColumns).Select(column => column.Int(0, MostColumns))];
    }

    private static void Write(ImmutableArray<Repetition?> repetitions, Utf8JsonWriter writer) => writer.WriteObjects("repetitions", repetitions, repetition =>
    {
        // No rows: the network forecasts the target.
        writer.WriteNumber("rows", repetition?.Rows ?? 0);
        writer.WriteNumber("drift", repetition?.Drift ?? 0);
    });

    private static Repetition? ReadRepetition(JsonPart part) => part["rows"].Int(0, LongestSeason) is > 0 and int rows ? new Repetition(rows, part["drift"].Number()) : null;

    private static void Write(ImmutableArray<Outlier> outliers, Utf8JsonWriter writer) => writer.WriteObjects("outliers", outliers, outlier =>
    {
        writer.WriteNumber("row", outlier.Row);
        writer.WriteNumber("column", outlier.Column);
        writer.WriteNumber("value", outlier.Value);
    });

    private static void Write(ForecastValidation validation, Utf8JsonWriter writer)
    {
        writer.WriteStartObject("validation");
        writer.WriteMaybe("nrmse", validation.Nrmse);
        writer.WriteArray("nrmse_by_step", validation.NrmseByStep, nrmse =>
        {
            if (double.IsFinite(nrmse)) writer.WriteNumberValue(nrmse);
            else writer.WriteNullValue();
        });
        writer.WriteObjects("by_target", validation.ByTarget, errors =>
        {
            writer.WriteMaybe("nrmse", errors.Nrmse);
            writer.WriteMaybe("last_value_nrmse", errors.LastValueNrmse);
            writer.WriteMaybe("seasonal_nrmse", errors.SeasonalNrmse);
            writer.WriteMaybe("coverage", errors.Coverage);
            writer.WriteNumber("values", errors.Values);
        });
        writer.WriteMaybe("last_value_nrmse", validation.LastValueNrmse);
        writer.WriteMaybe("seasonal_nrmse", validation.SeasonalNrmse);
        writer.WriteMaybe("coverage", validation.Coverage);
        writer.WriteNumber("origins", validation.Origins);
        writer.WriteNumber("first_row", validation.FirstRow);
        writer.WriteNumber("judging_rows", validation.Rows);
        writer.WriteNumber("missing", validation.Missing);
        writer.WriteEndObject();
    }

    private static ForecastValidation ReadValidation(JsonPart part) => new()
    {
        Nrmse = part["nrmse"].Maybe(),
        NrmseByStep = [.. part["nrmse_by_step"].Items(MostSteps).Select(nrmse => nrmse.Maybe())],
        ByTarget = [.. part["by_target"].Items(MostColumns).Select(ReadErrors)],
        LastValueNrmse = part["last_value_nrmse"].Maybe(),
        SeasonalNrmse = part["seasonal_nrmse"].Maybe(),
        Coverage = part["coverage"].Maybe(),
        Origins = part["origins"].Int(0, int.MaxValue),
        FirstRow = part["first_row"].Int(0, int.MaxValue),
        Rows = part["judging_rows"].Int(0, int.MaxValue),
        Missing = part["missing"].Int(0, int.MaxValue),
    };

    private static ForecastErrors ReadErrors(JsonPart part) =>
        new(part["nrmse"].Maybe(), part["last_value_nrmse"].Maybe(), part["seasonal_nrmse"].Maybe(), part["coverage"].Maybe(), part["values"].Int(0, int.MaxValue));
}
