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
        ForecastModel model = forecaster.Model;
        writer.WriteStartArray("names");
        foreach (string name in forecaster.Names) writer.WriteStringValue(name);
        writer.WriteEndArray();
        Integers("predicted", model.Roles.Predicted);
        writer.WriteNumber("targets", model.Roles.Targets);
        Integers("known", model.Roles.Known);
        writer.WriteStartArray("logarithms");
        foreach (bool logarithm in model.Preparation.Logarithms) writer.WriteBooleanValue(logarithm);
        writer.WriteEndArray();
        writer.WriteChoice("differencing", model.Preparation.Differencing);
        writer.WriteNumber("season", model.Preparation.Season);
        writer.WriteBoolean("is_direct", model.IsDirect);
        writer.WriteNumber("horizon", model.Steps);
        writer.WriteNumber("coverage", forecaster.Coverage);
        writer.WriteNumber("rows", forecaster.State.Rows);
        writer.WriteBoolean("has_state", forecaster.State.Network is not null);
        if (forecaster.TimeStep is not null) writer.WriteString("time_step", forecaster.TimeStep);
        if (forecaster.LastTime is not null) writer.WriteString("last_time", forecaster.LastTime);
        Write(forecaster.Validation, writer);
        arrays.Add("bounds", model.Bounds);
        arrays.Add("widths", forecaster.Widths);
        arrays.Add("history", forecaster.State.History);
        arrays.Add("pending", forecaster.State.Pending);
        if (forecaster.State.Network is { } state) NetworkFormat.Write(state, arrays);

        void Integers(string name, ImmutableArray<int> values)
        {
            writer.WriteStartArray(name);
            foreach (int value in values) writer.WriteNumberValue(value);
            writer.WriteEndArray();
        }
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
        int steps = part["horizon"].Int(1, MostSteps), order = Differences.Lags(preparation.Differencing, preparation.Season).Sum();
        bool isDirect = part["is_direct"].Bool();
        long outputs = isDirect ? (long)steps * roles.Targets : predicted.Length;
        if (network.Outputs != outputs || network.Inputs != predicted.Length + known.Length + preparation.Waves)
        {
            throw part.Error(
                $"needs a network from {predicted.Length + known.Length + preparation.Waves} inputs to {outputs} outputs, but the file's is from {network.Inputs} to {network.Outputs}.");
        }

        Matrix history = arrays.Matrix("history", columns: predicted.Length), pending = arrays.Matrix("pending", columns: predicted.Length);
        if (history.Rows > Math.Max(order, 1) || pending.Rows > 1 || (pending.Rows == 1 && history.Rows < order))
            throw part.Error($"goes back {order} rows, which {history.Rows} rows of history and {pending.Rows} of pending values do not fit.");
        return new Forecaster(new ForecastModel(roles, preparation, network, isDirect, steps, arrays.Matrix("bounds", 2, predicted.Length)))
        {
            Names = names,
            State = new ForecasterState(
                part["has_state"].Bool() ? NetworkFormat.ReadState(network.Trunk, network.Outputs, arrays) : null, history, pending, part["rows"].Long(0, long.MaxValue / 2)),
            Widths = arrays.Matrix("widths", steps, roles.Targets),
            Coverage = part["coverage"].Number(),
            TimeStep = part.FindValue("time_step")?.String(),
            LastTime = part.FindValue("last_time")?.String(),
            Validation = ReadValidation(part["validation"]),
        };

        ImmutableArray<int> Columns(string name) => [.. part[name].Items(MostColumns).Select(column => column.Int(0, MostColumns))];
    }

    private static void Write(ForecastValidation validation, Utf8JsonWriter writer)
    {
        writer.WriteStartObject("validation");
        writer.WriteMaybe("nrmse", validation.Nrmse);
        writer.WriteStartArray("nrmse_by_step");
        foreach (double nrmse in validation.NrmseByStep)
        {
            if (double.IsFinite(nrmse)) writer.WriteNumberValue(nrmse);
            else writer.WriteNullValue();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("by_target");
        foreach (ForecastErrors errors in validation.ByTarget)
        {
            writer.WriteStartObject();
            writer.WriteMaybe("nrmse", errors.Nrmse);
            writer.WriteMaybe("last_value_nrmse", errors.LastValueNrmse);
            writer.WriteMaybe("seasonal_nrmse", errors.SeasonalNrmse);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteMaybe("last_value_nrmse", validation.LastValueNrmse);
        writer.WriteMaybe("seasonal_nrmse", validation.SeasonalNrmse);
        writer.WriteMaybe("coverage", validation.Coverage);
        writer.WriteNumber("origins", validation.Origins);
        writer.WriteNumber("first_row", validation.FirstRow);
        writer.WriteNumber("missing", validation.Missing);
        writer.WriteEndObject();
    }

    private static ForecastValidation ReadValidation(JsonPart part) => new(
        part["nrmse"].Maybe(),
        [.. part["nrmse_by_step"].Items(MostSteps).Select(nrmse => nrmse.Maybe())],
        [.. part["by_target"].Items(MostColumns).Select(errors => new ForecastErrors(errors["nrmse"].Maybe(), errors["last_value_nrmse"].Maybe(), errors["seasonal_nrmse"].Maybe()))],
        part["last_value_nrmse"].Maybe(),
        part["seasonal_nrmse"].Maybe(),
        part["coverage"].Maybe(),
        part["origins"].Int(0, int.MaxValue),
        part["first_row"].Int(0, int.MaxValue),
        part["missing"].Int(0, int.MaxValue));
}
