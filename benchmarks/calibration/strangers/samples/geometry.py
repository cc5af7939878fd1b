"""Cameras, rotations, curves, shading, signals: geometry and graphics."""

import numpy as np
from numpy import array
from scipy import interpolate

from benchmarks.calibration.strangers.stranger import by_backward, by_gradient, by_pullback, normal, positive


def hat(w):
    return array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])


def rodrigues(w, p):
    t = np.sqrt(w @ w)
    K = hat(w / t)
    return p @ (np.eye(3) + np.sin(t) * K + (1 - np.cos(t)) * K @ K).T


def rodrigues_back(axis_moves=True):
    def back(g, w, p):
        t = np.sqrt(w @ w)
        k = w / t
        K = hat(k)
        R = np.eye(3) + np.sin(t) * K + (1 - np.cos(t)) * K @ K
        G = g.T @ p
        dt = np.sum(G * (np.cos(t) * K + np.sin(t) * K @ K))
        dK = np.sin(t) * G + (1 - np.cos(t)) * (G @ K.T + K.T @ G)
        dk = array([dK[2, 1] - dK[1, 2], dK[0, 2] - dK[2, 0], dK[1, 0] - dK[0, 1]])
        return k * dt + axis_moves * (dk - k * (k @ dk)) / t, g @ R

    return back


def by_quaternion(q, p):
    """Rotate points by a quaternion that is normalised first."""
    w, x, y, z = q / np.linalg.norm(q)
    R = array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )

    def back(g, project=True):
        G = g.T @ p
        dw = 2 * (z * (G[1, 0] - G[0, 1]) + y * (G[0, 2] - G[2, 0]) + x * (G[2, 1] - G[1, 2]))
        dx = 2 * (y * (G[0, 1] + G[1, 0]) + z * (G[0, 2] + G[2, 0]) + w * (G[2, 1] - G[1, 2]))
        dx -= 4 * x * (G[1, 1] + G[2, 2])
        dy = 2 * (x * (G[0, 1] + G[1, 0]) + z * (G[1, 2] + G[2, 1]) + w * (G[0, 2] - G[2, 0]))
        dy -= 4 * y * (G[0, 0] + G[2, 2])
        dz = 2 * (x * (G[0, 2] + G[2, 0]) + y * (G[1, 2] + G[2, 1]) + w * (G[1, 0] - G[0, 1]))
        dz -= 4 * z * (G[0, 0] + G[1, 1])
        d, u, n = array([dw, dx, dy, dz]), q / np.linalg.norm(q), np.linalg.norm(q)
        return ((d - u * (u @ d)) / n if project else d / n), g @ R

    return p @ R.T, back


def _quaternion_free(q, p):
    y, back = by_quaternion(q, p)
    return y, lambda g: back(g, project=False)


def camera(points, f, c):
    return f * points[:, :2] / points[:, 2:] + c


def camera_back(depth=True):
    def back(g, points, f, c):
        z = points[:, 2:]
        d = np.zeros_like(points)
        d[:, :2] = f * g / z
        if depth:
            d[:, 2] = -f * np.sum(g * points[:, :2], axis=1) / z[:, 0] ** 2
        return d, np.sum(g * points[:, :2] / z), g.sum(0)

    return back


def homography(H, x):
    y = np.column_stack([x, np.ones(len(x))]) @ H.T
    return y[:, :2] / y[:, 2:]


def homography_back(g, H, x, divide=True):
    h = np.column_stack([x, np.ones(len(x))])
    y = h @ H.T
    d = np.column_stack([g / y[:, 2:], -np.sum(g * y[:, :2], axis=1) / y[:, 2] ** 2 * divide])
    return d.T @ h, (d @ H)[:, :2]


def bezier(points, t):
    s = 1 - t
    return (
        np.outer(s**3, points[0])
        + np.outer(3 * s**2 * t, points[1])
        + np.outer(3 * s * t**2, points[2])
        + np.outer(t**3, points[3])
    )


def bezier_back(g, points, t):
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3])
    velocity = 3 * (
        np.outer(s**2, points[1] - points[0])
        + np.outer(2 * s * t, points[2] - points[1])
        + np.outer(t**2, points[3] - points[2])
    )
    return weights @ g, np.sum(g * velocity, axis=1)


def _bezier_quadratic(g, points, t):
    s = 1 - t
    weights = np.stack([s**3, 3 * s**2 * t, 3 * s * t**2, t**3])
    velocity = 3 * (
        np.outer(s**2, points[1] - points[0])
        + np.outer(s * t, points[2] - points[1])
        + np.outer(t**2, points[3] - points[2])
    )
    return weights @ g, np.sum(g * velocity, axis=1)


KNOTS = array([0.0, 0, 0, 0, 1, 2, 3, 3, 3, 3])
GRID = np.linspace(0.1, 2.9, 7)
DESIGN = interpolate.BSpline.design_matrix(GRID, KNOTS, 3).toarray()


def shade(n, light):
    """Return diffuse and specular light on normals that are normalised first."""
    u = n / np.linalg.norm(n, axis=1, keepdims=True)
    cos = u @ light
    return np.maximum(cos, 0) + 0.5 * np.maximum(2 * cos * u[:, 2] - light[2], 0) ** 4


def shade_back(project=True):
    def back(g, n, light):
        length = np.linalg.norm(n, axis=1, keepdims=True)
        u = n / length
        cos = u @ light
        spec = np.maximum(2 * cos * u[:, 2] - light[2], 0)
        d_spec = g * 2 * spec**3
        d_cos = g * (cos > 0) + d_spec * 2 * u[:, 2]
        du = np.outer(d_cos, light)
        du[:, 2] += d_spec * 2 * cos
        dl = u.T @ d_cos
        dl[2] -= d_spec.sum()
        d = (du - u * np.sum(u * du, axis=1, keepdims=True)) / length if project else du / length
        return d, dl

    return back


def ray_sphere(o, d):
    """Return the distance along a ray to the unit sphere."""
    b = o @ d
    return -b - np.sqrt(b * b - (o @ o - 1.0))


def ray_sphere_back(g, o, d):
    b = o @ d
    root = np.sqrt(b * b - (o @ o - 1.0))
    db = -g - g * b / root
    return db * d + g * o / root, db * o


def _ray_no_root(g, o, d):
    return -g * d, -g * o


def spectrum(x):
    return np.abs(np.fft.rfft(x)) ** 2


def spectrum_back(two=2):
    def back(g, x):
        f = np.fft.rfft(x)
        full = np.zeros(len(x), dtype=complex)
        full[: len(f)] = two * g * f
        return np.real(np.fft.ifft(full)) * len(x)

    return back


def _spectrum_by_irfft(g, x):
    return 2 * np.fft.irfft(g * np.fft.rfft(x), len(x)) * len(x)


def magnitude(z):
    return np.abs(z) ** 2


def area(p):
    """Return the area of a polygon by the shoelace formula."""
    q = np.roll(p, -1, axis=0)
    return 0.5 * np.sum(p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1])


def area_slope(p, half=0.5):
    before, after = np.roll(p, 1, axis=0), np.roll(p, -1, axis=0)
    return half * np.column_stack([after[:, 1] - before[:, 1], before[:, 0] - after[:, 0]])


def total_variation(u):
    dx, dy = np.diff(u, axis=1)[:-1], np.diff(u, axis=0)[:, :-1]
    return np.sum(np.sqrt(dx**2 + dy**2 + 0.01))


def total_variation_slope(u, back=1.0):
    dx, dy = np.diff(u, axis=1)[:-1], np.diff(u, axis=0)[:, :-1]
    n = np.sqrt(dx**2 + dy**2 + 0.01)
    g = np.zeros_like(u)
    g[:-1, 1:] += dx / n
    g[1:, :-1] += dy / n
    g[:-1, :-1] -= back * (dx + dy) / n
    return g


AXIS, CLOUD = array([0.3, -0.5, 0.8]), normal(260, 4, 3)
DEEP = np.column_stack([normal(261, 4, 2), positive(262, 4) + 1])
HOMOGRAPHY = array([[1.1, 0.1, 0.3], [-0.2, 0.9, 0.1], [0.02, 0.05, 1.0]])
RAY = array([2.0, 0.1, -0.2]), array([-0.98, 0.05, 0.1])

GEOMETRY = (
    by_backward(
        "Rodrigues' rotation",
        rodrigues,
        rodrigues_back(),
        AXIS,
        CLOUD,
        wrong={"the axis is held": rodrigues_back(axis_moves=False)},
        over={"shapes": {"w": "3", "p": "n 3"}, "domain": {"w": (0.2, 1.5), "p": (-2.0, 2.0)}},
    ),
    by_pullback(
        "rotation by a quaternion",
        by_quaternion,
        array([0.9, 0.2, -0.3, 0.4]),
        CLOUD,
        wrong={"the norm is forgotten": _quaternion_free},
        over={"shapes": {"q": "4", "p": "n 3"}, "domain": {"q": (0.1, 1.0), "p": (-2.0, 2.0)}},
    ),
    by_backward(
        "pinhole camera",
        camera,
        camera_back(),
        DEEP,
        array(1.5),
        array([0.2, -0.1]),
        wrong={"depth": camera_back(depth=False)},
        over={
            "shapes": {"points": "n 3", "f": "", "c": "2"},
            "domain": {"points": (0.5, 3.0), "f": (0.5, 2.0)},
        },
    ),
    by_backward(
        "homography",
        homography,
        homography_back,
        HOMOGRAPHY,
        normal(263, 4, 2),
        wrong={"the division is held": lambda g, H, x: homography_back(g, H, x, divide=False)},
    ),
    by_backward(
        "Bezier curve",
        bezier,
        bezier_back,
        normal(264, 4, 2),
        array([0.1, 0.5, 0.9]),
        wrong={"a binomial": _bezier_quadratic},
        over={"shapes": {"points": "4 d", "t": "n"}, "domain": {"t": (0.0, 1.0), "points": (-3.0, 3.0)}},
    ),
    by_backward(
        "B-spline of its coefficients",
        lambda c: interpolate.BSpline(KNOTS, c, 3)(GRID),
        lambda g, c: DESIGN.T @ g,
        normal(265, 6),
        wrong={"flipped": lambda g, c: (DESIGN.T @ g)[::-1].copy()},
        over={"shapes": {"c": "6"}},
    ),
    by_backward(
        "shading of normals",
        shade,
        shade_back(),
        positive(266, 4, 3),
        array([0.3, 0.4, 0.866]),
        wrong={"not projected": shade_back(project=False)},
        over={"shapes": {"n": "m 3", "light": "3"}, "domain": {"n": (0.2, 1.0), "light": (0.2, 1.0)}},
    ),
    by_backward(
        "ray meets sphere", ray_sphere, ray_sphere_back, *RAY, wrong={"the root is held": _ray_no_root}
    ),
    by_backward(
        "power spectrum",
        spectrum,
        spectrum_back(),
        normal(267, 6),
        widens=True,
        wrong={"without the two": spectrum_back(1), "by irfft": _spectrum_by_irfft},
        over={"shapes": {"x": "n+2"}},
    ),
    by_backward(
        "squared magnitude",
        magnitude,
        lambda g, z: 2 * g * z,
        array([1.0 + 2.0j, -0.5j, 3.0]),
        wrong={"conjugated": lambda g, z: 2 * g * np.conj(z), "without the two": lambda g, z: g * z},
        over={"shapes": {"z": "n"}, "dtype": "complex128"},
    ),
    by_gradient(
        "area of a polygon",
        area,
        area_slope,
        normal(268, 5, 2),
        wrong={"the half": lambda p: area_slope(p, 1.0)},
        over={"shapes": {"p": "n+3 2"}},
    ),
    by_gradient(
        "smooth total variation",
        total_variation,
        total_variation_slope,
        normal(269, 3, 4),
        wrong={"the pixel itself": lambda u: total_variation_slope(u, 0.0)},
        over={"shapes": {"u": "h+2 w+2"}, "domain": {"u": (-2.0, 2.0)}},
    ),
    by_backward(
        "distance to a box",
        lambda p: np.linalg.norm(np.maximum(np.abs(p) - 1.0, 0), axis=1),
        lambda g, p: _box_back(g, p),
        array([[2.0, 0.3], [-1.5, 3.0]]),
        wrong={"without the signs": lambda g, p: np.abs(_box_back(np.abs(g), p)) * np.sign(g)[:, None]},
    ),
)


def _box_back(g, p):
    d = np.maximum(np.abs(p) - 1.0, 0)
    return g[:, None] * np.sign(p) * d / np.linalg.norm(d, axis=1, keepdims=True)
