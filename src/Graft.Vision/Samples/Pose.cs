using System.Numerics;
using SkiaSharp;

namespace Graft.Vision.Samples;

/// <summary>How the head of a flower stands in space, seen by a distant viewer.</summary>
/// <remarks>Points are x right, y down, z to the viewer; a head has the radius 1 and its centre at the origin.</remarks>
internal readonly struct Pose
{
    private readonly Vector3 first, second;

    /// <summary>Makes a pose.</summary>
    /// <param name="tilt">The angle between the axis of the flower and the line of sight: 0 looks straight into it.</param>
    /// <param name="turn">The direction in the image to which the axis leans.</param>
    public Pose(float tilt, float turn)
    {
        (Tilt, Turn) = (tilt, turn);
        (float sinTilt, float cosTilt) = MathF.SinCos(tilt);
        (float sinTurn, float cosTurn) = MathF.SinCos(turn);
        Axis = new Vector3(sinTilt * cosTurn, sinTilt * sinTurn, cosTilt);
        first = new Vector3(cosTilt * cosTurn, cosTilt * sinTurn, -sinTilt);
        second = new Vector3(-sinTurn, cosTurn, 0);
    }

    public float Tilt { get; }

    public float Turn { get; }

    public Vector3 Axis { get; }

    /// <summary>The point at a place around, outward from, and up the axis.</summary>
    public Vector3 At(float azimuth, float radius, float height)
    {
        (float sin, float cos) = MathF.SinCos(azimuth);
        return (radius * ((cos * first) + (sin * second))) + (height * Axis);
    }

    /// <summary>Places a petal that grows from (0, 0) to (1, 0).</summary>
    /// <param name="azimuth">The direction around the axis.</param>
    /// <param name="elevation">The angle by which it is raised out of the plane of the head.</param>
    /// <param name="length">Its length.</param>
    /// <param name="radius">The distance of its base from the axis.</param>
    /// <param name="height">The height of its base on the axis.</param>
    public Place Petal(float azimuth, float elevation, float length, float radius = 0, float height = 0)
    {
        (float sin, float cos) = MathF.SinCos(azimuth);
        (float sinUp, float cosUp) = MathF.SinCos(elevation);
        Vector3 outward = (cos * first) + (sin * second), around = (-sin * first) + (cos * second);
        Vector3 along = (cosUp * outward) + (sinUp * Axis), normal = (cosUp * Axis) - (sinUp * outward);
        Vector3 start = (radius * outward) + (height * Axis);
        SKMatrix matrix = new(
            along.X * length, around.X * length, start.X,
            along.Y * length, around.Y * length, start.Y,
            0, 0, 1);
        return new Place(matrix, start.Z + (0.5f * length * along.Z), normal);
    }

    /// <summary>The plane of the head at a height on the axis: circles become the ellipses that the viewer sees.</summary>
    public SKMatrix Plane(float height = 0) => new(
        first.X, second.X, height * Axis.X,
        first.Y, second.Y, height * Axis.Y,
        0, 0, 1);

    /// <summary>Where a petal is, how near the viewer, and how it is turned.</summary>
    public readonly record struct Place(SKMatrix Matrix, float Depth, Vector3 Normal)
    {
        /// <summary>Whether the viewer sees the side that is turned away from the axis.</summary>
        public bool Outside => Normal.Z < 0;
    }
}
